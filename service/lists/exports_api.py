"""A term's list as a file. Each row carries its purpose, its reader, its day and its end."""

import io
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from data_contracts.downloads import safe_csv
from service.core.callers import Caller
from service.core.permissions import check
from service.core.taking import Term, Urn
from service.lists.exports import COLUMNS, exported_flags
from service.lists.flags import live_publication
from service.shell.access import needs
from service.shell.answers import ERRORS

router = APIRouter(tags=["exports"], responses=ERRORS)
TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {kind: {"schema": {"type": "string"}} for kind in TYPES.values()},
    }
}


@router.get("/exports/flags", responses=FILE, response_class=Response)
def export_flags(
    caller: Annotated[Caller, Depends(needs("exports.create"))],
    school: Annotated[Urn, Query()],
    term: Annotated[Term, Query()],
    kind: Annotated[Literal["csv", "parquet"], Query(alias="format", examples=["csv"])] = "csv",
) -> Response:
    """A school's list of a term with its reasons in words, for the review meeting; without names or figures."""
    check(caller.reader, "exports.create", school)
    with caller.writing() as tx:
        live_publication(tx, school, term)
        rows = exported_flags(caller, tx, school, term)
    table = [COLUMNS, *([row[name] for name in COLUMNS] for row in rows)]
    body = safe_csv(table).encode() if kind == "csv" else _as_parquet(rows)
    headers = {
        "Content-Disposition": f'attachment; filename="reviews-{school}-{term}.{kind}"',
        "Cache-Control": "no-store",
    }
    return Response(body, headers=headers, media_type=TYPES[kind])


def _as_parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()
