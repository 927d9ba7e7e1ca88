"""The list by a simple points rule, for a school about which no model can say anything yet."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from service.core.callers import Caller
from service.core.permissions import NotFound
from service.core.taking import Term, Urn
from service.lists.rule_list import RuleList, rule_list
from service.schools import loaded_terms, schools_of
from service.shell.access import needs
from service.shell.frames import frame_for, term_words
from service.shell.messages import _
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)
Names = Annotated[Caller, Depends(needs("names.read"))]


@dataclass(frozen=True)
class RulePage(Page):
    """Pupils who meet the rule, in name order, and the rule itself. No figure, no order."""

    template: ClassVar[str] = "lists/rule.html"
    section: ClassVar[str] = "term"

    school: str
    term: str
    school_name: str
    term_words: str
    found: RuleList
    model_serves: bool


@router.get("/rule/{urn}")
def latest(caller: Names, urn: Urn) -> Response:
    """The rule's list for the latest term loaded."""
    with caller.reading() as tx:
        terms = loaded_terms(caller, tx, urn)
    if not terms:
        raise NotFound(
            _("No data has been uploaded yet."), hint=_("Upload a term’s files under Uploads first.")
        )
    return RedirectResponse(f"/rule/{urn}/{terms[0]}", 303)


@router.get("/rule/{urn}/{term}")
def read_list(caller: Names, urn: Urn, term: Term) -> HTMLResponse:
    """The rule's list."""
    found = rule_list(caller, urn, term)
    with caller.reading() as tx:
        line = next(each for each in schools_of(caller, tx) if each.urn == urn)
    page = RulePage(
        _("List made by a simple points rule"),
        school=urn,
        term=term,
        school_name=line.name,
        term_words=term_words(term),
        found=found,
        model_serves=caller.deployment.registry.serving() is not None,
    )
    return render(page, frame_for(caller, section="term", synthetic=line.synthetic))
