"""Types of incident that are new: a file to fill in, and the answers back, on an upload's page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from data_contracts.errors import Refused
from data_contracts.reading.answers import asked_csv, read_answers
from service.core.callers import Caller
from service.core.taking import Id
from service.shell.access import checked_form, needs
from service.uploads import types
from service.uploads.status import own_upload

router = APIRouter(include_in_schema=False)


@router.get("/uploads/{upload_id}/new-types.csv")
def download(caller: Annotated[Caller, Depends(needs("mappings.read"))], upload_id: Id) -> Response:
    """The types that wait for the school's answer, as a file to fill in."""
    with caller.reading() as tx:
        waiting = types.waiting(caller, tx, own_upload(caller, tx, upload_id).school)
    headers = {"Content-Disposition": 'attachment; filename="new-types.csv"', "Cache-Control": "no-store"}
    return Response("\ufeff" + asked_csv(waiting), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/uploads/{upload_id}/new-types", dependencies=[Depends(checked_form)])
async def answer(
    request: Request, caller: Annotated[Caller, Depends(needs("mappings.confirm"))], upload_id: Id
) -> Response:
    """Save the answers of a file; the upload then goes on with them."""
    form = await request.form()
    part = form.get("file")
    if not isinstance(part, UploadFile) or not part.filename:
        raise Refused(
            "Choose the file with your answers.", hint="Download it above, fill in its column named answer."
        )
    answers = read_answers(await part.read(), part.filename)
    await run_in_threadpool(types.answer_for_upload, caller, upload_id, answers)
    return RedirectResponse(f"/uploads/{upload_id}", 303)
