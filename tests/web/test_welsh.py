"""Welsh is offered where a page is translated from its first word to its last, and nowhere else."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from fastapi.testclient import TestClient

from service.shell import language, messages
from service.shell.language import TRANSLATABLE
from service.shell.rendering import environment
from service.shell.translating import gathered
from testbed.site import Account

pytestmark = pytest.mark.xdist_group("web")
Enter = Callable[[str], TestClient]
CHOSEN = {"belong-language": "cy"}
NAMES_OF_THINGS = re.compile(r"Belong|English|\d+|[\W_]+")
"""What is the same in every language."""


def in_welsh(text: str) -> str:
    """A text as if translated: marked at both ends, its placeholders as they were."""
    return f"⟦{text}⟧"


all_texts = cache(gathered)


@pytest.fixture
def translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Puts a catalogue of every text but those given in the place of the draft."""

    def put(*lacking: str) -> None:
        made = Catalog(locale="cy")
        for one in all_texts():
            if one.id and not {one.id, *(one.id if isinstance(one.id, tuple) else ())} & set(lacking):
                plural = isinstance(one.id, tuple)
                count = made.num_plurals
                made.add(
                    one.id, tuple(in_welsh(one.id[1]) for _ in range(count)) if plural else in_welsh(one.id)
                )
        path = tmp_path / "cy" / "LC_MESSAGES" / "belong.mo"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_mo(file, made)
        forget()

    def forget() -> None:
        for kept in (messages.catalogue, messages.whole, environment):
            kept.cache_clear()

    monkeypatch.setattr(messages, "CATALOGUES", tmp_path)
    yield put
    monkeypatch.undo()
    forget()


class Words(HTMLParser):
    """The words of a page that are in English, outside what is translated and what a person or school is called."""

    def __init__(self) -> None:
        super().__init__()
        self.left: list[str] = []
        self._silent = 0
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        for name, value in attrs:
            if name in ("aria-label", "placeholder", "title", "alt") and value:
                self._note(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._note(data)

    def _note(self, text: str) -> None:
        for part in re.split("([⟦⟧])", text):
            self._inside += {"⟦": 1, "⟧": -1}.get(part, 0)
            if not self._inside and part not in "⟦⟧" and NAMES_OF_THINGS.sub("", part):
                self.left.append(part.strip())


def english_in(page: str, *names: str) -> list[str]:
    """What of a page is not translated, but for these names."""
    reader = Words()
    reader.feed(page)
    return [words for words in reader.left if words.strip(" –,.") not in names]


def test_a_page_that_is_offered_has_no_word_left_in_english(
    translated: Callable[..., None], site: Any, signed_in: Enter, demo: dict[str, Any]
) -> None:
    translated()
    with TestClient(site, cookies=CHOSEN) as stranger:
        for path in ("/sign-in", "/help"):
            page = stranger.get(path)
            assert '<html lang="cy"' in page.text
            assert page.headers["content-language"] == "cy"
            assert english_in(page.text) == [], path
    client = signed_in("pastoral")
    card = re.search(r'href="(/pupils/p\w+)', client.get(client.get("/").url.path).text)
    assert card is not None
    client.cookies.set(*next(iter(CHOSEN.items())))
    page = client.get(f"{card[1]}/voice").text
    assert '<html lang="cy"' in page
    known: Account = next(one for one in demo["accounts"] if one["role"] == "pastoral")
    assert known["user"].split("@")[0] in page or "⟧" in page
    assert english_in(page) == []
    assert {one.template for one in TRANSLATABLE} == {
        "accounts/sign_in.html",
        "app/help.html",
        "pupils/voice.html",
    }


def test_one_text_that_is_missing_leaves_the_whole_page_in_english_and_offers_nothing(
    translated: Callable[..., None], site: Any
) -> None:
    translated("Sign out")
    with TestClient(site, cookies=CHOSEN) as client:
        for one in ("/sign-in", "/help"):
            page = client.get(one)
            assert '<html lang="en"' in page.text
            assert "⟦" not in page.text
            assert "Cymraeg" not in page.text
            assert page.headers["content-language"] == "en"


def test_a_page_that_is_not_among_them_is_english_and_offers_nothing(
    translated: Callable[..., None], signed_in: Enter
) -> None:
    translated()
    client = signed_in("inclusion_lead")
    client.cookies.set(*next(iter(CHOSEN.items())))
    for path in ("/uploads", "/reviews", "/about-the-model", "/no-such-page"):
        page = client.get(path).text
        assert '<html lang="en"' in page, path
        assert "⟦" not in page, path
        assert "Cymraeg" not in page, path


def test_what_a_form_or_a_fault_answers_is_in_one_language(
    translated: Callable[..., None], site: Any
) -> None:
    translated()
    with TestClient(site, cookies=CHOSEN) as client:
        refused = client.post(
            "/sign-in", data={"user": "nobody", "password": "x"}, headers={"origin": "http://testserver"}
        )
        assert "⟦" not in refused.text
        assert "⟦" not in client.get("/help/nowhere").text


def test_a_language_is_chosen_where_it_is_offered_and_remembered(
    translated: Callable[..., None], site: Any
) -> None:
    translated()
    with TestClient(site) as client:
        page = client.get("/sign-in").text
        assert '<html lang="en"' in page
        assert "Cymraeg" in page
        back = {"referer": "http://testserver/sign-in?next=/reviews"}
        chosen = client.post("/language", data={"language": "cy"}, headers=back, follow_redirects=False)
        assert chosen.headers["location"] == "/sign-in?next=/reviews"
        assert '<html lang="cy"' in client.get("/sign-in").text
        assert client.post("/language", data={"language": "tlh"}).status_code == 200
        assert '<html lang="cy"' in client.get("/sign-in").text
        client.post("/language", data={"language": "en"})
        assert '<html lang="en"' in client.get("/sign-in").text
        elsewhere = {"referer": "http://elsewhere.example/x"}
        away = client.post("/language", data={"language": "cy"}, headers=elsewhere, follow_redirects=False)
        assert away.headers["location"] == "/"
    assert environment("cy") is not environment("en")


def test_the_draft_is_offered_only_where_it_lacks_nothing() -> None:
    for page in TRANSLATABLE:
        texts = [
            *messages.page_texts(page.template),
            *(t for m in page.modules for t in messages.module_texts(m)),
        ]
        lacking = [text for text in texts if messages.catalogue("cy").gettext(text) == text]
        assert ("cy" in page.languages()) <= (not lacking), page.template
    assert language.languages_of("POST", "/help") == ("en",)
