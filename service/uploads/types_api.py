"""A school's own types of incident: which are new and wait for an answer, and answers as a file."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response

from data_contracts.reading.answers import choices, read_answers
from service.core.callers import Caller
from service.core.permissions import check
from service.core.taking import Line, Urn
from service.shell.access import needs
from service.shell.answers import ERRORS, tagged
from service.shell.bodies import Body
from service.uploads import types

router = APIRouter(tags=["mappings"], responses=ERRORS)


class NewTypeResponse(Body):
    """A type nobody at the school has answered for yet, and how many rows wait for it."""

    type: str
    rows: int


class TypesResponse(Body):
    """What waits, what the school has answered (by the word's letters and digits), and what an answer may be."""

    waiting: list[NewTypeResponse]
    answered: dict[str, str]
    choices: dict[str, str]


class AnsweredResponse(Body):
    """How many answers were saved."""

    answered: int


@router.get("/schools/{urn}/types", response_model=TypesResponse)
def list_types(
    request: Request, caller: Annotated[Caller, Depends(needs("mappings.read"))], urn: Urn
) -> Response:
    """The types that are new at this school, and the answers it has given."""
    with caller.reading() as tx:
        waiting, answered = types.waiting(caller, tx, urn), types.given(tx, urn)
    found = [NewTypeResponse(type=word, rows=rows) for word, rows in waiting.items()]
    return tagged(request, TypesResponse(waiting=found, answered=answered, choices=choices()))


@router.post("/schools/{urn}/types", response_model=AnsweredResponse)
def answer_types(
    caller: Annotated[Caller, Depends(needs("mappings.confirm"))],
    urn: Urn,
    files: Annotated[list[UploadFile], File(description="CSV with the columns type and answer.")],
    upload: Annotated[Line, Form(max_length=64, description="An upload that then continues with them.")] = "",
) -> AnsweredResponse:
    """Save what the school's types are, from a file; with `upload`, that upload is read again."""
    check(caller.reader, "mappings.confirm", urn)
    answers: dict[str, str] = {}
    for file in files:
        answers |= read_answers(file.file.read(), file.filename or "The file")
    if upload:
        return AnsweredResponse(answered=types.answer_for_upload(caller, upload, answers, school=urn))
    return AnsweredResponse(answered=types.answer(caller, urn, answers))
