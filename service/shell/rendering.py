"""The one door to Jinja2: a page's declared context in, a response out."""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, ClassVar

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from data_contracts.errors import Refused
from service.core.clock import SCHOOLS_TIME
from service.shell.messages import LANGUAGES, N_, SERVICE, SOURCE, _, catalogue, offering, speaking

BUILT = SERVICE / "shell" / "static" / "built"
STATIC_URL = "/static"


@dataclass(frozen=True)
class NavItem:
    """A place in the main navigation; `here` marks the one the page belongs to."""

    href: str
    words: str
    here: bool = False


@dataclass(frozen=True)
class Frame:
    """What surrounds every page: who is signed in, where they can go, what they must know."""

    signed_in_as: str | None = None
    role: str = ""
    nav: tuple[NavItem, ...] = ()
    csrf_token: str = ""
    synthetic: bool = False
    language: str = SOURCE
    languages: tuple[tuple[str, str], ...] = ()

    @property
    def main_language(self) -> str:
        """The language of the page's own words: a page is in one language as a whole."""
        return self.language


@dataclass(frozen=True)
class Page:
    """The declared context of one page. Every field is shown or decides what is shown."""

    template: ClassVar[str] = ""
    section: ClassVar[str] = ""

    title: str


@cache
def templates() -> PrefixLoader:
    """Every room's templates: `lists/page.html` is `page.html` in the templates of `lists`."""
    rooms = sorted(folder.parent for folder in SERVICE.glob("*/templates"))
    return PrefixLoader({room.name: FileSystemLoader(room / "templates") for room in rooms})


@cache
def environment(language: str = SOURCE) -> Environment:
    """The Jinja2 environment of a language: everything escaped, an unknown name is an error."""
    made = Environment(
        loader=templates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(day=day, moment=moment, number=number, percent=percent)
    made.globals.update(asset=asset_url, new_form_id=new_form_id)
    return made


def new_form_id() -> str:
    """The id of one form on one page as it was shown once."""
    return secrets.token_urlsafe(12)


def render(page: Page, frame: Frame, *, status: int = 200) -> HTMLResponse:
    """The response for one page. Pages hold children's data, so no cache may keep them."""
    language = speaking.get()
    spoken = replace(
        frame,
        language=language,
        languages=tuple((code, LANGUAGES[code]) for code in offering.get() if code != language),
    )
    body = environment(language).get_template(page.template).render(page=page, frame=spoken)
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return HTMLResponse(body, status_code=status, headers=headers)


def render_part(template: str, **context: Any) -> HTMLResponse:
    """A piece of a page, for htmx to put in place."""
    return HTMLResponse(environment(speaking.get()).get_template(template).render(**context))


def wants_part(request: Request) -> bool:
    """Whether htmx asks for the changed part only."""
    return request.headers.get("HX-Request") == "true"


@cache
def asset_names() -> dict[str, str]:
    """Plain asset name -> content-hashed name, from the build's manifest."""
    try:
        manifest = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    except OSError:
        raise Refused(
            "The pages' style and scripts have not been built.",
            hint="Run `python -m service.shell.build` (or `make setup`) once.",
        ) from None
    return dict(manifest["files"])


def asset_url(name: str) -> str:
    """The address of a built asset, for example `belong.css`."""
    return f"{STATIC_URL}/{asset_names()[name]}"


MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"),
    N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip


def local(value: datetime) -> datetime:
    """A moment by the clocks of the school; one without a zone is in UTC."""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(SCHOOLS_TIME)


def day(value: date | datetime | str | None) -> str:
    """`2026-07-03` as `3 July 2026`; of a moment the school's own day; nothing known is said in words."""
    if not value:
        return _("not known")
    known = _read(value) if isinstance(value, str) else value
    known = local(known) if isinstance(known, datetime) else known
    return f"{known.day} {_(MONTHS[known.month - 1])} {known.year}"


def moment(value: datetime | str | None, zone: bool = False) -> str:
    """A day with its time by the school's clocks, as in `3 July 2026, 17:05`; with `zone` also `BST` or `GMT`."""
    if not value:
        return _("not known")
    known = local(datetime.fromisoformat(value) if isinstance(value, str) else value)
    return f"{day(known)}, {known:%H:%M}{f' {known:%Z}' if zone else ''}"


def _read(text: str) -> date | datetime:
    """A day or a moment as ISO text."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text[:10])


def number(value: float | None, digits: int = 0) -> str:
    """`1234.5` as `1,234` or with the digits asked for; None as a dash that is read out as words."""
    if value is None:
        return _("not known")
    return f"{value:,.{digits}f}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share of 1 as a percentage with a thin gap before the sign, as in `8.5 %`."""
    if share is None:
        return _("not known")
    return f"{100 * share:.{digits}f}\u00a0%"
