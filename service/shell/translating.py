"""Gather the pages' texts for translators and compile what they wrote: `python -m service.shell.translating`.

Babel reads templates and modules, keeps each `.po` in step (texts that are gone go, new ones come empty) and
writes the `.mo` that the service reads with the standard library. It is needed here only, never to serve.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from service.shell.messages import CATALOGUES, DOMAIN, LANGUAGES, SERVICE, SOURCE

METHODS = [("*/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"*/templates/**.html": {"trimmed": "true"}}
HEADER = """# The pages' words. Fill in each msgstr; `python -m service.shell.translating` keeps the file in step.
# A text marked "check" was drafted without a native speaker's review.
#"""


def gathered() -> Catalog:
    """Every text of templates and modules, with the files it stands in."""
    found = Catalog(header_comment=HEADER)
    for name, _line, text, comments, context in extract_from_dir(
        SERVICE, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",)
    ):
        found.add(text, None, [(name, 0)], auto_comments=comments, context=context)
    return found


def brought_up_to_date(language: str) -> Catalog:
    """A language's catalogue with today's texts, keeping what was translated."""
    path = po_path(language)
    known = Catalog(locale=language, project="Belong", fuzzy=False)
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, locale=language)
    known.update(gathered(), no_fuzzy_matching=True, update_creation_date=False)
    known.header_comment = HEADER
    known.obsolete.clear()
    known.fuzzy = False
    return known


def compiled(language: str) -> bytes:
    """The `.mo` of a language's `.po` as it stands."""
    out = io.BytesIO()
    with po_path(language).open("rb") as file:
        write_mo(out, read_po(file, locale=language))
    return out.getvalue()


def po_path(language: str) -> Path:
    """Where a language's texts stand."""
    return CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def main() -> int:
    """Bring every catalogue up to date, compile it and say how much of it is translated."""
    for language in [each for each in LANGUAGES if each != SOURCE]:
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        known = brought_up_to_date(language)
        with path.open("wb") as file:
            write_po(file, known, width=100, sort_by_file=True, include_lineno=False)
        path.with_suffix(".mo").write_bytes(compiled(language))
        done = sum(1 for message in known if message.id and message.string and any(message.string))
        print(f"{language}: {done} of {len(known)} texts translated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
