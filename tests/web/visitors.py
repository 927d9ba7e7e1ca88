"""Browsers of signed-in people, and what every page must keep whatever it shows."""

import re
import secrets
from dataclasses import dataclass
from html.parser import HTMLParser

from fastapi import APIRouter
from fastapi.testclient import TestClient

from service.accounts import account_store
from service.accounts.signing import open_session
from service.core.deployment import Deployment
from testbed.deployments import app_with

BANNED = (
    "at risk", "risk score", "exclusion risk", "high-risk", "high risk", "aggressor", "offender", "perpetrator",
    "hits", "caught", "escalate", "typical", "persistent", "defiant", "vulnerable", "abstained",
)  # fmt: skip


@dataclass
class Visitor:
    """A browser with somebody's session; `post` sends the session's token along, as the page's forms do."""

    client: TestClient
    csrf: str

    def get(self, path: str, status: int = 200) -> str:
        """A page's text; every page is looked over."""
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        if status == 200 and answer.headers["content-type"].startswith("text/html"):
            look_over(answer.text)
        return answer.text

    def post(self, path: str, status: int = 303, *, files: object = None, **fields: object) -> str:
        """Send a form; returns where the answer leads, or its text where it leads nowhere."""
        data = {"csrf_token": self.csrf, "form_id": secrets.token_hex(8), **fields}
        answer = self.client.post(path, data=data, files=files, follow_redirects=False)  # type: ignore[arg-type]
        assert answer.status_code == status, answer.text
        return answer.headers["location"] if status == 303 else answer.text


def visitor(deployment: Deployment, account_id: str, *routers: APIRouter) -> Visitor:
    """A browser signed in to an account, on an application of these pages."""
    with deployment.database.writing() as tx:
        account = account_store.account(tx, account_id)
        assert account is not None
        signed = open_session(deployment, tx, account, second_factor=False)
    client = TestClient(app_with(deployment, *routers))
    client.cookies.set("belong-sid", signed.cookie)
    return Visitor(client, signed.csrf)


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.forms: list[str] = []
        self.inline: list[str] = []
        self.tokens = self.form_ids = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.append(tag)
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if tag == "label":
            self.labels.add(str(known.get("for")))
        if tag in ("input", "select", "textarea") and known.get("type") != "hidden":
            self.fields.append(str(known.get("id")))
        if tag == "form" and known.get("method") == "post":
            self.forms.append(str(known.get("action")))
        self.tokens += known.get("name") == "csrf_token"
        self.form_ids += known.get("name") == "form_id"
        if "style" in known or any(name.startswith("on") for name in known):
            self.inline.append(tag)
        if tag == "style" or (tag == "script" and "src" not in known):
            self.inline.append(tag)


def look_over(text: str, *, signed_in: bool = True) -> None:
    """One h1, a title, labels, no id twice, nothing inline, a token in every form, no banned word."""
    outline = _Outline()
    outline.feed(text)
    assert outline.tags.count("h1") == 1
    assert outline.tags.count("title") >= 1
    assert "main" in outline.tags
    assert len(outline.ids) == len(set(outline.ids))
    assert not [field for field in outline.fields if field not in outline.labels]
    assert not outline.inline
    if signed_in:
        assert outline.tokens == outline.form_ids == len(outline.forms)
    words = re.sub(r"<[^>]+>", " ", text).lower()
    assert not [word for word in BANNED if re.search(rf"\b{word}\b", words)]
