"""Look at a page's HTML as a careful reader would: title, headings, landmarks, labels, ids, words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser

BANNED = (
    "at risk", "risk score", "exclusion risk", "high-risk", "high risk", "aggressor", "offender", "perpetrator",
    "hits", "caught", "escalate", "typical", "persistent", "defiant", "vulnerable", "abstained",
)  # fmt: skip
SILENT = ("script", "style", "head")
TYPED = ("text", "password", "date", "file", "number", "email", "radio", "checkbox", "search")
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
"""Elements that have no end tag."""


@dataclass
class Seen(HTMLParser):
    """What one page holds."""

    words: list[str] = field(default_factory=list)
    title: str = ""
    headings: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    labelled: set[str] = field(default_factory=set)
    fields: list[dict[str, str | None]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    landmarks: list[str] = field(default_factory=list)
    forms: list[dict[str, str | None]] = field(default_factory=list)
    tokens: int = 0
    inline: list[str] = field(default_factory=list)
    language: str | None = None
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what matters of an element."""
        known = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self._note(tag, known)
        self.inline += [f"{tag} {name}" for name in known if name == "style" or name.startswith("on")]
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.references += str(known.get(name) or "").split()

    def _note(self, tag: str, known: dict[str, str | None]) -> None:
        if tag == "html":
            self.language = known.get("lang")
        elif tag in ("main", "header", "footer", "nav"):
            self.landmarks.append(tag)
        elif tag == "a" and known.get("href"):
            self.links.append(str(known["href"]))
        elif tag == "label":
            self.labelled.add(str(known.get("for")))
        elif tag == "form":
            self.forms.append(known)
        elif tag == "script" and not known.get("src"):
            self.inline.append("script")
        elif tag == "input" and known.get("name") == "csrf_token":
            self.tokens += 1
        elif tag in ("select", "textarea") or (tag == "input" and known.get("type", "text") in TYPED):
            self.fields.append(known)

    def handle_endtag(self, tag: str) -> None:
        """Close an element and what was left open inside it."""
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Keep the words that a person reads."""
        if self._open and self._open[-1] == "title" and "head" in self._open:
            self.title += data
        if data.strip() and not any(tag in self._open for tag in SILENT):
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """The visible words."""
        return " ".join(self.words)


def seen(html: str) -> Seen:
    """Parse a page."""
    page = Seen()
    page.feed(html)
    return page


def faults(html: str) -> list[str]:
    """What a careful reader would complain about; an empty list is a good page."""
    page = seen(html)
    found = [f"left-over template syntax: {mark}" for mark in ("{{", "{%") if mark in html]
    if not page.title.strip():
        found.append("no title")
    if page.language not in ("en", "cy"):
        found.append("no language")
    if page.headings.count(1) != 1:
        found.append(f"{page.headings.count(1)} level-one headings")
    steps = zip(page.headings, page.headings[1:], strict=False)
    found += [f"heading jumps from {a} to {b}" for a, b in steps if b > a + 1]
    found += [f"no {mark}" for mark in ("main", "header", "footer") if page.landmarks.count(mark) != 1]
    found += [f"id twice: {one}" for one in sorted(set(page.ids)) if page.ids.count(one) > 1]
    found += [f"points to nothing: {one}" for one in page.references if one not in page.ids]
    unlabelled = [
        one for one in page.fields if one.get("id") not in page.labelled and not one.get("aria-label")
    ]
    found += [f"field without label: {one.get('name')}" for one in unlabelled]
    found += [f"inline {one}" for one in page.inline]
    posts = [one for one in page.forms if (one.get("method") or "").lower() == "post"]
    if len(posts) > page.tokens:
        found.append("a form without its token")
    return found + banned_words(page.text)


def banned_words(text: str) -> list[str]:
    """Words that must never stand on a screen."""
    lowered = text.lower()
    return [f"banned word: {word}" for word in BANNED if re.search(rf"\b{re.escape(word)}\b", lowered)]


def sentences(texts: Iterable[str]) -> list[str]:
    """Texts of six words and more as sentences, to judge how well they can be read."""
    return [_ended(text) for text in texts if len(text.split()) >= 6]


def _ended(text: str) -> str:
    plain = re.sub(r"%\(\w+\)s", "it", text)
    return plain if plain.endswith((".", "?", "!", ":")) else f"{plain}."
