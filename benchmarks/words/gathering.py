"""What a trust says about its suggested pupils: every exit asked as its own reader would ask it."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi.testclient import TestClient

from pipelines.lake.files import read_buckets
from service.app.web import create_app
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.core.settings import settings_for
from service.records import lake_store

TAG = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
PANEL_OF = re.compile(r'<section class="b-theme" aria-labelledby="theme-(\w+)">(.*?)</section>', re.DOTALL)
OFFER = re.compile(r'decide\?decision=support&amp;offer=[^"]+">([^<]+)<')


@dataclass
class Pupil:
    """What every exit says of one suggested pupil."""

    pupil_id: str
    flag_list: str
    decided: bool
    card: str
    """The card's words, as an inclusion lead reads them."""
    panels: list[tuple[str, str, bool]]
    """(theme, words, whether it has a picture) of the card's reasons, in their order."""
    offers: list[str]
    family: str
    export: str
    figures: dict[str, Any]
    """The explanation a lead's program gets, every contribution included."""
    staff: dict[str, Any]
    """The explanation a pastoral program gets."""
    newest_review: str | None
    """The review date of the newest SEN extract."""
    raised: list[str] = field(default_factory=list)
    """Themes by what they raised, the largest first, from the contributions alone."""


@dataclass
class Told:
    """All pupils of a trust's latest lists, and each school's panel pack."""

    pupils: list[Pupil]
    panels: dict[str, str]


def told_of(home: Path) -> Told:
    """Ask every exit about every suggested pupil of the latest term."""
    demo = json.loads((home / "demo.json").read_text("utf-8"))
    term = demo["latest_term"]
    app = create_app(settings_for(home))
    reviews = dict(_newest_reviews(home))
    told = Told([], {})
    for school in demo["schools"]:
        urn = school["urn"] if isinstance(school, dict) else school
        lead, staff = (_account(demo, role, urn) for role in ("inclusion_lead", "pastoral"))
        with TestClient(app) as pages, TestClient(app) as api:
            pages.post("/sign-in", data={"user": lead["user"], "password": lead["password"]})
            told.panels[urn] = words_of(pages.get(f"/packs/{urn}/{term}/panel").text)
            flags = _get(api, f"/flags?school={urn}&term={term}", lead)["flags"]
            rows = api.get(f"/api/v1/exports/flags?school={urn}&term={term}", headers=_token(lead)).text
            exported = {row["pupil_id"]: row for row in csv.DictReader(io.StringIO(rows.lstrip("\ufeff")))}
            for flag in flags:
                told.pupils.append(_pupil(pages, api, flag, exported, lead, staff, urn, term, reviews))
    return told


def _pupil(
    pages: TestClient, api: TestClient, flag: dict[str, Any], exported: dict[str, dict[str, str]],
    lead: dict[str, Any], staff: dict[str, Any], urn: str, term: str, reviews: dict[str, str],
) -> Pupil:  # fmt: skip
    pupil_id = flag["pupil_id"]
    card = pages.get(f"/pupils/{pupil_id}").text
    why = card.split('id="why"', 1)[-1].split("More from the records", 1)[0]
    family = pages.get(f"/packs/{urn}/{term}/family/{pupil_id}").text
    figures = _get(api, f"/pupils/{pupil_id}/explanation?all=true", lead)
    row = exported.get(pupil_id, {})
    return Pupil(
        pupil_id,
        flag["flag_list"],
        "Change this decision" in card,
        words_of(card),
        [(theme, words_of(part), "<svg" in part) for theme, part in PANEL_OF.findall(why)],
        [html.unescape(one).split(" · ")[0] for one in OFFER.findall(card)],
        words_of(family),
        " ".join(row.get(f"reason_{n}", "") for n in (1, 2, 3)),
        figures,
        _get(api, f"/pupils/{pupil_id}/explanation?all=true", staff),
        reviews.get(pupil_id),
        _raised(figures),
    )


def _raised(figures: dict[str, Any]) -> list[str]:
    sums: dict[str, float] = {}
    known: set[str] = set()
    for one in figures["reasons"]:
        sums[one["theme"]] = sums.get(one["theme"], 0.0) + one["contribution"]
        if one["value"] is not None:
            known.add(one["theme"])
    never = {"praise", "year_group", "school"}
    return sorted((theme for theme in sums if theme in known - never), key=lambda theme: -sums[theme])


def _newest_reviews(home: Path) -> Iterator[tuple[str, str]]:
    """(pupil, review date) from the newest SEN extract of each school, read from the lake itself."""
    with Deployment.open(home) as deployment:
        caller = command_caller(deployment)
        with caller.reading() as tx:
            rows = [row for row in lake_store.live_rows(tx, caller.reader.schools) if row.table == "sen"]
        newest: dict[str, Any] = {}
        for row in rows:
            if row.school not in newest or _order(row.term) > _order(newest[row.school].term):
                newest[row.school] = row
        for row in newest.values():
            every = frozenset(range(deployment.lake.buckets))
            table = read_buckets(deployment.lake.store, lake_store.as_lake_file(row).path, every)
            given = table.filter(pc.is_in(table["provision"], value_set=pa.array(["K", "E"])))
            for one in given.select(["pupil_id", "review_date", "end_date"]).to_pylist():
                if one["review_date"] is not None and one["end_date"] is None:
                    yield one["pupil_id"], one["review_date"].isoformat()


def _order(term: str) -> tuple[int, int]:
    year, season = term.split("-")
    return int(year), ("spring", "summer", "autumn").index(season)


def words_of(page: str) -> str:
    """What a person reads of a page, pictures left out."""
    body = page.split("<main", 1)[-1].split("</main>", 1)[0] if "<main" in page else page
    return " ".join(html.unescape(TAG.sub(" ", body)).split())


def _get(api: TestClient, path: str, known: dict[str, Any]) -> dict[str, Any]:
    answer = api.get(f"/api/v1{path}", headers=_token(known))
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


def _token(known: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {known['token']}"}


def _account(demo: dict[str, Any], role: str, urn: str) -> dict[str, Any]:
    return next(one for one in demo["accounts"] if one["role"] == role and urn in one["schools"])
