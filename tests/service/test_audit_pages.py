"""Who saw what: the pages of the audit log, by role, filter and school, as a file, and under hostile input."""

import csv
import html
import io
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from service.accounts import account_store
from service.audit import pages as who_saw
from service.audit.sealing import seal
from service.audit.words import EVENT_WORDS
from service.core.audit import Event, audit_store
from service.core.audit.audit_rows import AuditRow
from service.core.permissions import ROLES, RULES
from service.rights import pages as data_requests
from service.shell.frames import frame_for
from testbed.deployments import caller
from testbed.seeds import OTHER, OWN, SENTINEL, Seeded
from tests.web.visitors import Visitor, visitor

LOG = "/who-saw-what"
PAGES = {
    LOG: "audit.read",
    f"{LOG}.csv": "audit.read",
    f"{LOG}/seals?check=true": "audit.read",
    "/requests": "requests.manage",
    "/requests/pupils/{pupil}": "requests.manage",
    "/requests/pupils/{pupil}/stop-figures": "subject.mark",
    "/requests/pupils/{pupil}/erase": "subject.erase",
}
COLUMNS = ("When (UK time)", "Who", "Role", "What", "About", "School", "Reference")


def someone(seeded: Seeded, role: str = "dpo") -> Visitor:
    own = seeded.account[f"{role}.{OWN}"]
    return visitor(seeded.deployment, own, who_saw.router, data_requests.router)


def happened(
    seeded: Seeded, act: Event, day: int, *, by: str, school: str | None = OWN, **more: object
) -> None:
    """An event of a day in March 2025, before anything that the seeds did."""
    fields = {"via": "session", "role": "pastoral", "detail": {}, "subject": None, "purpose": None, **more}
    with seeded.deployment.database.writing() as tx:
        at = datetime(2025, 3, day, 23, 30, tzinfo=UTC)
        audit_store.add(
            tx, at=at, event=act, actor=seeded.account[by], school=school, request_id=None, **fields
        )


@pytest.fixture
def logged(fresh: Seeded) -> Seeded:
    """Events of one week by people of two schools."""
    own, other = f"pastoral.{OWN}", f"pastoral.{OTHER}"
    happened(fresh, Event.PUPIL_READ, 3, by=own, subject=fresh.pupil[OWN], detail={"part": "notes"})
    happened(fresh, Event.PUPIL_READ, 4, by=f"senco.{OWN}", subject=fresh.unspoken[OWN], via="token")
    happened(fresh, Event.DECISION_RECORDED, 5, by=own, subject=fresh.pupil[OWN])
    happened(fresh, Event.SIGNED_IN, 5, by=own, school=None)
    happened(fresh, Event.SIGNED_IN, 5, by=other, school=None)
    happened(fresh, Event.ACCOUNT_CLOSED, 6, by=f"admin.{OWN}", school=None, subject=fresh.account[other])
    happened(fresh, Event.PUPIL_READ, 6, by=other, school=OTHER, subject=fresh.pupil[OTHER])
    return fresh


def found(browser: Visitor, **asked: str) -> list[list[str]]:
    """When, who, what and about of every event of that week that a search shows."""
    return rows_of(browser.get(f"{LOG}?{urlencode({'until': '2025-03-31', **asked})}"))


def rows_of(page: str) -> list[list[str]]:
    """The words of a page's table, cell by cell."""
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in body.split("</tr>") if "<td" in row
    ]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in rows]


@pytest.mark.parametrize("role", ROLES)
def test_only_who_may_gets_in_and_finds_the_way(seeded: Seeded, role: str) -> None:
    browser = someone(seeded, role)
    for path, action in PAGES.items():
        address = path.format(pupil=seeded.pupil[OWN])
        browser.get(address, 200 if role in RULES[action] else 403)
        if "{pupil}" in path and role in RULES[action]:
            browser.get(path.format(pupil=seeded.pupil[OTHER]), 404)
    nav = [item.href for item in frame_for(caller(seeded.deployment, role), section="", synthetic=True).nav]
    assert ((LOG in nav), ("/requests" in nav)) == (role == "dpo", role == "dpo")
    assert nav[:2] == [LOG, "/requests"] or role != "dpo"


def test_every_kind_of_event_has_its_own_words() -> None:
    assert set(EVENT_WORDS) == set(Event)
    assert len(set(EVENT_WORDS.values())) == len(Event)


def test_each_filter_finds_its_events_and_no_other_schools(logged: Seeded) -> None:
    browser, name = someone(logged), f"pastoral.{OWN}@belong.example"
    ends = {
        pupil: f"Pupil {pupil[-6:]}, {SENTINEL[OWN]} School"
        for pupil in (logged.pupil[OWN], logged.unspoken[OWN])
    }
    decided = [
        "5 March 2025, 23:30 GMT",
        f"{name}, pastoral team",
        "Recorded a decision about a pupil",
        ends[logged.pupil[OWN]],
    ]
    read = ["3 March 2025, 23:30 GMT", decided[1], "Opened a pupil’s card or records (notes)", decided[3]]
    theirs = [
        "4 March 2025, 23:30 GMT", f"senco.{OWN}@belong.example, pastoral team, through a program",
        "Opened a pupil’s card or records", ends[logged.unspoken[OWN]],
    ]  # fmt: skip
    signed = ["5 March 2025, 23:30 GMT", decided[1], "Signed in", ""]
    assert found(browser) == [signed, decided, theirs, read]
    assert found(browser, pupil=f" {logged.pupil[OWN].upper()} ") == [decided, read]
    assert found(browser, person=logged.account[f"senco.{OWN}"]) == [theirs]
    assert found(browser, act="signed_in") == [signed]
    assert found(browser, school=OWN) == [decided, theirs, read]
    assert found(browser, since="2025-03-04", until="2025-03-04") == [theirs]
    assert found(browser, since="2025-03-05") == [signed, decided]
    assert found(browser, pupil=logged.pupil[OWN], act="pupil_read", until="2025-03-02") == []
    assert found(browser, pupil=logged.pupil[OTHER]) == []
    assert "No events match this search." in browser.get(f"{LOG}?pupil={logged.pupil[OTHER]}")
    shown = browser.get(LOG)
    assert SENTINEL[OTHER] not in shown
    assert f".{OTHER}@" not in shown
    asked = {"until": "2025-04-01T00:00:00+00:00"}
    api = logged.client("dpo").get("/api/v1/audit", params=asked).json()["events"]
    assert [one["event"] for one in api] == ["signed_in", "decision_recorded", "pupil_read", "pupil_read"]


def test_times_and_days_are_those_of_the_schools_clocks(fresh: Seeded) -> None:
    """Half past eleven at night in UTC is the next day in summer: so it is shown, and so it is found."""
    with fresh.deployment.database.writing() as tx:
        audit_store.add(
            tx, at=datetime(2025, 7, 2, 23, 30, tzinfo=UTC), event=Event.SIGNED_IN, via="session", role="pastoral",
            actor=fresh.account[f"pastoral.{OWN}"], school=None, request_id=None, detail={}, subject=None, purpose=None,
        )  # fmt: skip
    browser = someone(fresh)
    (line,) = rows_of(browser.get(f"{LOG}?since=2025-07-03&until=2025-07-03"))
    assert line[0] == "3 July 2025, 00:30 BST"
    assert not rows_of(browser.get(f"{LOG}?since=2025-07-02&until=2025-07-02"))
    assert "Times are UK time" in browser.get(f"{LOG}?since=2025-07-03&until=2025-07-03")


def test_who_acts_without_an_account_is_said_once(fresh: Seeded) -> None:
    """The machine's own administrator, Belong and a stranger have no role and no way that would say it again."""
    for actor, words in (
        ("command", "System administrator (command line)"),
        ("worker", "Belong (automatic)"),
        ("nobody", "Not signed in"),
    ):
        with fresh.deployment.database.writing() as tx:
            audit_store.add(
                tx, at=datetime(2025, 7, 2, 12, 0, tzinfo=UTC), event=Event.BACKUP_MADE, via="command", role="admin",
                actor=actor, school=None, request_id=None, detail={}, subject=None, purpose=None,
            )  # fmt: skip
        (line,) = rows_of(someone(fresh).get(f"{LOG}?since=2025-07-02&until=2025-07-02&person={actor}"))
        assert line[1] == words


def test_a_search_is_an_event_and_neither_its_pages_nor_its_file_change_by_it(fresh: Seeded) -> None:
    formula = '=HYPERLINK("http://x")<b>'
    with fresh.deployment.database.writing() as tx:
        person = account_store.account(tx, fresh.account[f"pastoral.{OWN}"])
        assert person is not None
        person.name = formula
    for number in range(120):
        happened(
            fresh,
            Event.PUPIL_READ,
            1 + number // 60,
            by=f"pastoral.{OWN}",
            subject=fresh.pupils[OWN][number % 7],
        )
    browser, address, shown = someone(fresh), LOG, list[list[str]]()
    before = len(_searches(fresh))
    while address:
        page = browser.get(address)
        shown += rows_of(page)
        files = re.search(rf'href="({LOG}.csv[^"]*)"', page)
        further = re.search(rf'rel="next" href="({LOG}[^"]*)"', page)
        address = html.unescape(further[1]) if further else ""
    assert len(shown) > 120
    assert files
    answer = browser.client.get(html.unescape(files[1]))
    assert answer.headers["content-disposition"] == 'attachment; filename="who-saw-what.csv"'
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert tuple(head) == COLUMNS
    joined = [[when, ", ".join(x for x in (who, role) if x), what, ", ".join(x for x in (about, school) if x)]
              for when, who, role, what, about, school, _reference in rows]  # fmt: skip
    assert [[cell.removeprefix("'") for cell in row] for row in joined] == shown
    assert {row[1] for row in rows if "HYPERLINK" in row[1]} == {f"'{formula}"}
    assert {row[6] for row in rows} >= set(fresh.pupils[OWN][:7])
    searches = _searches(fresh)
    assert len(searches) - before == -(-len(shown) // who_saw.SHOWN) + 1
    assert searches[0].detail == {"events": len(rows), "kind": "csv"}


def _searches(seeded: Seeded) -> list[AuditRow]:
    with seeded.deployment.database.reading() as tx:
        return audit_store.search(tx, before=None, limit=500, event=Event.AUDIT_READ)


def test_too_much_for_a_file_is_refused(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who_saw, "MOST_ROWS", 3)
    assert "fewer days" in someone(seeded).get(f"{LOG}.csv", 422)


@pytest.mark.parametrize(
    "asked",
    [
        {"pupil": "' or 1=1 --"}, {"pupil": "p" + "0" * 19 + "%"}, {"pupil": "Zaphodson"}, {"person": "\0"},
        {"person": "<script>"}, {"act": "no_such_event"}, {"school": OTHER}, {"since": "yesterday"},
        {"until": "9999-12-31"}, {"since": "2026-13-01"}, {"since": "2026-03-02", "until": "2026-03-01"},
        {"pupil": "p" * 20_000}, {"before": "-1"}, {"newest": "9" * 13},
    ],
)  # fmt: skip
def test_a_hostile_filter_is_told_what_to_write(seeded: Seeded, asked: dict[str, str]) -> None:
    browser = someone(seeded)
    page = browser.client.get(LOG, params=asked)
    assert page.status_code == 422
    assert "<script>" not in page.text
    assert SENTINEL[OTHER] not in page.text
    if not {"before", "newest"} & asked.keys():
        assert "Please check this" in page.text
    assert browser.client.get(f"{LOG}.csv", params=asked).status_code == 422


def test_the_seals_are_checked_and_a_noted_one_is_found(fresh: Seeded) -> None:
    browser, seals = someone(fresh), f"{LOG}/seals"
    assert "All seals are intact" not in browser.get(seals)
    seal(fresh.deployment)
    shown = browser.get(f"{seals}?check=true")
    assert "All seals are intact" in shown
    newest = re.search(r"<code>([0-9a-f]{64})</code>", shown)
    assert newest
    assert "is still there" in browser.get(f"{seals}?check=true&noted={newest[1][:12].upper()}")
    assert "is not there" in browser.get(f"{seals}?check=true&noted={'0' * 12}")
    assert "12 to 64" in browser.get(f"{seals}?check=true&noted=%00%22%3E%3Cscript%3E", 422)
    with fresh.deployment.database.writing() as tx:
        tx.execute(text("drop trigger audit_no_delete"))
        tx.execute(text("delete from audit where id = 4"))
    assert "Seal 1 is broken" in browser.get(f"{seals}?check=true")
