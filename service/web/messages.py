"""The words of the pages in more than one language: gettext catalogues, written in English and looked up.

Templates say `_("…")` or `{% trans %}`; Python says `_("…")` while it answers a request, or marks a constant
with `N_` and looks it up later. What a catalogue lacks stays English. `python -m service.web.translating`
gathers the texts into `catalogues/LANGUAGE/LC_MESSAGES/belong.po` for a translator and compiles it.
"""

import gettext as standard
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from pathlib import Path

DOMAIN = "belong"
CATALOGUES = Path(str(files("service.web"))) / "catalogues"
TEMPLATES = Path(str(files("service.web"))) / "templates"
SOURCE = "en"
LANGUAGES = {"en": "English", "cy": "Cymraeg"}
"""Language -> its own name for itself, as the switch shows it."""
MOSTLY = 0.8

speaking: ContextVar[str] = ContextVar("speaking", default=SOURCE)
"""The language of the answer being made."""


@cache
def catalogue(language: str) -> standard.NullTranslations:
    """A language's texts; the empty catalogue, which gives every text back, for English or where none is."""
    return standard.translation(
        DOMAIN, CATALOGUES, [language], fallback=True
    )  # a missing catalogue leaves pages in English, which is better than no page


def _(text: str) -> str:
    """The text in the language being spoken."""
    return catalogue(speaking.get()).gettext(text)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for a text that is looked up later
    """Mark a constant for the catalogue."""
    return text


@cache
def template_texts(template: str | None = None) -> tuple[str, ...]:
    """The English texts of one template, or of all, in order of first use; a plural's forms one by one."""
    from service.web.rendering import environment  # the door to Jinja2 imports this module

    paths = [TEMPLATES / template] if template else sorted(TEMPLATES.rglob("*.html"))
    found: dict[str, None] = {}
    for path in paths:
        for _line, _function, message in environment().extract_translations(path.read_text("utf-8")):  # type: ignore[attr-defined]
            texts = message if isinstance(message, tuple) else (message,)
            found.update({text: None for text in texts if text})
    return tuple(found)


@cache
def language_of(template: str, language: str) -> str:
    """What a template's own words are mostly read in: a screen reader must not read English as Welsh."""
    if language == SOURCE:
        return SOURCE
    known, texts = catalogue(language), template_texts(template)
    there = sum(1 for text in texts if known.gettext(text) != text)
    return language if texts and there >= MOSTLY * len(texts) else SOURCE
