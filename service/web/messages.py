"""The words of the pages, ready for another language.

Every text in a template stands in `{% trans %}` or `_()`. A catalogue is a TOML file
`service/web/catalogues/LANGUAGE.toml` whose keys are the English texts. `python -m service.web.messages`
prints the English texts, one `"text" = ""` line each: the file a translator fills in.
"""

import json
import sys
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

CATALOGUES = Path(str(files("service.web"))) / "catalogues"
TEMPLATES = Path(str(files("service.web"))) / "templates"


@dataclass(frozen=True, eq=False)
class Messages:
    """One language: English text -> that language's text; what is missing stays English."""

    language: str = "en"
    texts: dict[str, str] = field(default_factory=dict)

    def one(self, text: str) -> str:
        """The text in this language."""
        return self.texts.get(text, text)

    def some(self, singular: str, plural: str, count: int) -> str:
        """The form for `count` things in this language."""
        return self.one(singular if count == 1 else plural)


english = Messages()


def catalogue(language: str) -> Messages:
    """The catalogue of a language; English when there is none."""
    path = CATALOGUES / f"{language}.toml"
    if not path.is_file():
        return english
    return Messages(language, tomllib.loads(path.read_text("utf-8")))


def template_texts() -> list[str]:
    """Every English text of the templates, in order of first use."""
    from service.web.rendering import environment  # the door to Jinja2 imports this module

    found: dict[str, None] = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        for _, _, message in environment().extract_translations(path.read_text("utf-8")):  # type: ignore[attr-defined]
            texts = message if isinstance(message, tuple) else (message,)
            found.update({" ".join(text.split()): None for text in texts if text})
    return list(found)


def main() -> int:
    """Print an empty catalogue."""
    for text in template_texts():
        print(f'{json.dumps(text, ensure_ascii=False)} = ""')
    return 0


if __name__ == "__main__":
    sys.exit(main())
