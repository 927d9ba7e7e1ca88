"""Layouts a school has confirmed, and those that wait to be."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from service.accounts import Names
from service.core.callers import Caller
from service.core.taking import Id, Line, Urn
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, tagged
from service.shell.bodies import Body, CreatedResponse, DoneResponse
from service.uploads import mapping

router = APIRouter(tags=["mappings"], responses=ERRORS)
Heading = Annotated[Line, Field(min_length=1, max_length=500)]
Confirms = Annotated[Caller, Depends(needs("mappings.confirm"))]


class MappingResponse(Body):
    """What a person confirmed: `fields` are ours by heading of the file, `own_words` the school's by code set."""

    id: str
    school: str
    table: str
    headings: list[str]
    fields: dict[str, str]
    own_words: dict[str, dict[str, str]]
    confirmed_by: str
    confirmed_at: datetime


class MappingsResponse(Body):
    """A school's mappings, newest first."""

    mappings: list[MappingResponse]


class WordsResponse(Body):
    """Words of the school that are not known, and the codes (with labels) they may be given."""

    code_set: str
    field: str
    unknown: list[str]
    codes: dict[str, str]


class ProposalResponse(Body):
    """What a file might be. `known`: only words are asked for. `samples` only for who may see cells."""

    file: str
    known: bool
    table: str
    tables: list[str]
    headings: list[str]
    fields: list[str]
    guess: dict[str, str]
    missing: list[str]
    evidence: list[str]
    samples: dict[str, list[str]]
    words: list[WordsResponse]


class ProposalsResponse(Body):
    """The files of an upload that wait to be told what they are."""

    proposals: list[ProposalResponse]


class MappingRequest(Body):
    """A person's word on one file: which table, which heading is which column, what its own words mean."""

    file: Annotated[Line, Field(min_length=1, max_length=300, examples=["Incidents.csv"])]
    table: Annotated[Line, Field(max_length=60, examples=["behaviour"])]
    fields: Annotated[
        dict[Annotated[Line, Field(max_length=60)], Heading],
        Field(examples=[{"mis_id": "Pupil", "date": "Day"}]),
    ]
    own_words: dict[
        Annotated[Line, Field(max_length=60)], dict[Heading, Annotated[Line, Field(max_length=60)]]
    ] = Field(default_factory=dict)


@router.get("/schools/{urn}/mappings", response_model=MappingsResponse)
def list_mappings(
    request: Request, caller: Annotated[Caller, Depends(needs("mappings.read"))], urn: Urn
) -> Response:
    """The layouts this school has confirmed."""
    with caller.reading() as tx:
        rows, names = mapping.mappings_of(caller, tx, urn), Names(tx)
    found = [
        MappingResponse(
            id=row.id, school=row.school, table=row.table, headings=row.body["headings"],
            fields=row.body["fields"], own_words=row.body["own_words"],
            confirmed_by=names.of(row.confirmed_by), confirmed_at=row.confirmed_at,
        )
        for row in rows
    ]  # fmt: skip
    return tagged(request, MappingsResponse(mappings=found))


@router.get("/uploads/{upload_id}/proposals", response_model=ProposalsResponse)
def read_proposals(
    request: Request,
    caller: Confirms,
    upload_id: Id,
    file: Annotated[Line | None, Query(max_length=300)] = None,
    table: Annotated[Line | None, Query(max_length=60)] = None,
) -> Response:
    """What the files of an upload that weren't understood might be, with the evidence; nothing is kept."""
    found = mapping.proposals(caller, upload_id, file=file, table=table)
    return tagged(request, ProposalsResponse(proposals=[_proposal(each) for each in found]))


@router.post("/uploads/{upload_id}/mappings", status_code=201, response_model=CreatedResponse)
@answers_once(status=201)
def confirm_mapping(caller: Confirms, upload_id: Id, asked: MappingRequest) -> CreatedResponse:
    """Say what a file is. The school keeps it, and the upload goes on with it."""
    given = (asked.file, asked.table, asked.fields, asked.own_words)
    return CreatedResponse(id=mapping.confirm(caller, upload_id, *given))


@router.delete("/mappings/{mapping_id}", response_model=DoneResponse)
def remove_mapping(caller: Confirms, mapping_id: Id) -> DoneResponse:
    """Forget a mapping; what was loaded with it stays."""
    mapping.remove(caller, mapping_id)
    return DoneResponse()


def _proposal(each: mapping.Proposed) -> ProposalResponse:
    plain: dict[str, Any] = each.proposal.as_dict()
    words = [
        WordsResponse(code_set=w.code_set, field=w.field, unknown=list(w.unknown), codes=dict(w.codes))
        for w in each.words
    ]
    samples = {heading: list(cells) for heading, cells in each.samples.items()}
    return ProposalResponse(**plain, known=each.known, tables=list(each.tables), samples=samples, words=words)
