"""Every page of every role, read as HTML: sound, kind, and under the strict policy."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import textstat
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from service.shell.messages import LANGUAGES, template_texts
from service.shell.translating import compiled, gathered, po_path
from testbed.inspector import banned_words, faults, sentences
from testbed.serving import questions
from testbed.site import ROLES, Answer, kind_of, walk

pytestmark = pytest.mark.xdist_group("web")
OLDEST_READER = 13
MOST_QUERIES = 10
MOST_BYTES = 150_000
LEAST_PAGES = {"inclusion_lead": 10, "pastoral": 5}


def pages_of(client: TestClient) -> list[Answer]:
    """Every page this client's role can reach."""

    def get(path: str) -> Answer:
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy, path
        assert "default-src 'none'" in policy, path
        return Answer(path, answer.status_code, answer.text, kind_of(path))

    return list(walk(get))


@pytest.mark.parametrize("role", [*ROLES, "dpo"])
def test_every_page_a_role_can_reach_is_sound_and_kind(
    role: str, signed_in: Callable[[str], TestClient]
) -> None:
    pages = pages_of(signed_in(role))
    assert len(pages) >= LEAST_PAGES.get(role, 3)
    broken = {page.path: page.status for page in pages if page.status != 200}
    assert not broken
    complaints = {page.path: found for page in pages if (found := faults(page.html))}
    assert not complaints
    heavy = {page.path: len(page.html) for page in pages if len(page.html.encode()) > MOST_BYTES}
    assert not heavy


@pytest.mark.parametrize("role", [*ROLES, "admin", "dpo"])
def test_no_page_asks_the_database_more_questions_than_its_budget(
    role: str, site: Any, signed_in: Callable[[str], TestClient]
) -> None:
    client = signed_in(role)
    paths = {page.kind: page.path for page in pages_of(client)}
    counts = {kind: questions(site, client, path) for kind, path in paths.items()}
    assert {kind: n for kind, n in counts.items() if n > MOST_QUERIES} == {}


def test_fixed_texts_can_be_read_at_thirteen() -> None:
    found = sentences(template_texts())
    assert len(found) > 40
    assert textstat.automated_readability_index(" ".join(found)) + 5 <= OLDEST_READER


def test_every_catalogue_keeps_what_a_text_holds_and_is_compiled_as_it_stands() -> None:
    texts = {str(one.id) for one in gathered() if one.id and isinstance(one.id, str)}
    assert {text for text in template_texts() if text} <= texts | {
        part for one in gathered() if isinstance(one.id, tuple) for part in one.id
    }
    for language in [each for each in LANGUAGES if each != "en"]:
        path = po_path(language)
        with path.open("rb") as file:
            known = read_po(file, locale=language)
        kept = {str(one.id) for one in known if one.id and isinstance(one.id, str)}
        assert kept == texts, "run: python -m service.shell.translating"
        wrong = [str(one.id) for one in known if one.string and one.id and _differs(one)]
        assert not wrong
        assert path.with_suffix(".mo").read_bytes() == compiled(language)


def _differs(message: Any) -> bool:
    """Whether a translation's placeholders are not the text's own."""
    if isinstance(message.string, tuple):
        return False
    return sorted(re.findall(r"%\(\w+\)s", message.id)) != sorted(re.findall(r"%\(\w+\)s", message.string))


def test_fixed_texts_hold_no_banned_word() -> None:
    found = {text: words for text in template_texts() if (words := banned_words(text))}
    assert not found


def test_the_inspector_complains_about_a_bad_page() -> None:
    bad = '<html><body><h1>A</h1><h3 id="x" style="color:red">B</h3><p id="x">high-risk</p><input name="q"></body>'
    found = " | ".join(faults(bad))
    for complaint in (
        "no title",
        "jumps from 1 to 3",
        "id twice",
        "inline h3 style",
        "high-risk",
        "without label",
    ):
        assert complaint in found
