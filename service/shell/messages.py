"""The words of the pages in more than one language: gettext catalogues, written in English and looked up.

Templates say `_("…")` or `{% trans %}`; Python says `_("…")` while it answers a request, or marks a constant
with `N_` and looks it up later. A language is offered only on pages of which it lacks nothing (`whole`); every
other page is English from its first word to its last. `python -m service.shell.translating`
gathers the texts into `catalogues/LANGUAGE/LC_MESSAGES/belong.po` for a translator and compiles it.
"""

import ast
import gettext as standard
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from jinja2.meta import find_referenced_templates

DOMAIN = "belong"
SERVICE = Path(str(files("service")))
CATALOGUES = SERVICE / "shell" / "catalogues"
SOURCE = "en"
LANGUAGES = {"en": "English", "cy": "Cymraeg"}
"""Language -> its own name for itself, as the switch shows it."""

speaking: ContextVar[str] = ContextVar("speaking", default=SOURCE)
"""The language of the answer being made."""
offering: ContextVar[tuple[str, ...]] = ContextVar("offering", default=(SOURCE,))
"""The languages that the page asked for exists in as a whole."""


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


def template_path(template: str) -> Path:
    """Where a template stands: `lists/page.html` is `page.html` in the templates of the room `lists`."""
    room, _slash, name = template.partition("/")
    return SERVICE / room / "templates" / name


@cache
def template_texts(template: str | None = None) -> tuple[str, ...]:
    """The English texts of one template, or of all, in order of first use; a plural's forms one by one."""
    from service.shell.rendering import environment

    paths = [template_path(template)] if template else sorted(SERVICE.glob("*/templates/*.html"))
    found: dict[str, None] = {}
    for path in paths:
        for _line, _function, message in environment().extract_translations(path.read_text("utf-8")):  # type: ignore[attr-defined]
            texts = message if isinstance(message, tuple) else (message,)
            found.update({text: None for text in texts if text})
    return tuple(found)


@cache
def page_texts(template: str) -> tuple[str, ...]:
    """The English texts of a template and of every other that it extends, imports or includes."""
    from service.shell.rendering import environment

    known, waiting = dict.fromkeys([template]), [template]
    while waiting:
        parsed = environment().parse(template_path(waiting.pop()).read_text("utf-8"))
        new = [name for name in find_referenced_templates(parsed) if name and name not in known]
        known.update(dict.fromkeys(new))
        waiting += new
    return tuple(dict.fromkeys(text for name in known for text in template_texts(name)))


@cache
def module_texts(module: str) -> tuple[str, ...]:
    """The English texts that a module marks with `_` or `N_`."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    calls = [
        node
        for node in ast.walk(ast.parse(Path(spec.origin).read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]
    marked = [
        call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("_", "N_")
    ]
    return tuple(
        dict.fromkeys(
            one.value for one in marked if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )
    )


@cache
def whole(template: str, modules: tuple[str, ...], language: str) -> bool:
    """Whether every text of a page, in its template and in the modules that make it, is translated."""
    if language == SOURCE:
        return True
    texts = [*page_texts(template), *(text for module in modules for text in module_texts(module))]
    known = catalogue(language)
    return all(known.gettext(text) != text or known.ngettext(text, text, 2) != text for text in texts)
