"""A synthetic trust from nothing to explained flags, so that anyone can try Belong without a pupil's data.

Every step is the one a real school takes: the extracts are written, then registered, loaded, learned
from, promoted and scored through the same journeys.
"""

import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import service.app.journeys as journeys
from data_contracts import calendar
from data_contracts.errors import BelongError, Refused
from service.accounts import keeping
from service.app.made_world import require_made_world
from service.core.callers import at_machine
from service.core.homes import Home

if TYPE_CHECKING:
    from pipelines.synthesise import SyntheticTrust

Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]

DESCRIPTION = "demo.json"
UNFINISHED = ".demo-unfinished"
TOKEN_DAYS = 90
PROMOTER = "Demo data team"

TRUST_ROLES = ("trust_lead", "data_team", "dpo", "admin")
SCHOOL_ROLES = ("inclusion_lead", "pastoral", "head", "governor")
FORENAMES = (
    "Amina",
    "Ben",
    "Carys",
    "Dev",
    "Esther",
    "Farid",
    "Grace",
    "Huw",
    "Iona",
    "Jakub",
    "Kemi",
    "Liam",
    "Mei",
)
SURNAMES = (
    "Ashdown",
    "Bello",
    "Caddick",
    "Dhillon",
    "Ellery",
    "Fairlie",
    "Garside",
    "Hussain",
    "Ingleby",
    "Joyce",
    "Kowalska",
    "Lister",
    "Mbeki",
    "Norris",
    "Okafor",
    "Pryce",
    "Quayle",
)
"""Of nobody: each account of a demo is called by one of both, so that pages show names as they do in use."""


def build_demo(
    home: Path,
    *,
    schools: int = 3,
    pupils: int = 900,
    years: int = 4,
    seed: int = 7,
    progress: Progress | None = None,
    say: Say = lambda text: print(text, file=sys.stderr),
) -> dict[str, Any]:
    """Build the demo in `home`, or return its description where it was built before.

    Returns what stands in `demo.json` (mode 0600): schools, accounts with passwords and tokens, model.
    Raises Refused where the folder holds something else, or where the made world isn't installed; an
    interrupted build is started over.
    """
    described = home / DESCRIPTION
    if described.exists():
        known: dict[str, Any] = json.loads(described.read_text("utf-8"))
        return known
    require_made_world()
    from pipelines.synthesise import synthesise

    _clear_the_ground(home)
    say(f"Making a synthetic trust: {schools} schools of {pupils} pupils, {years} years of history ...")
    trust = synthesise(
        home / "extracts", schools=schools, pupils=pupils, years=years, seed=seed, progress=progress
    )
    Home.create(home)
    for school in trust.schools:
        journeys.register_school(home, school.urn, name=school.name, phase=school.phase, mis=school.mis)
    say("Checking and loading the extracts ...")
    loaded = journeys.load_trust(
        home,
        {school.urn: home / "extracts" / school.urn for school in trust.schools},
        by=PROMOTER,
        progress=progress,
    )
    for stopped in loaded["stopped"]:
        raise Refused(stopped["message"], hint=stopped["hint"])
    model = _model(home, trust, seed, progress, say)
    description = {
        "synthetic": True,
        "latest_term": trust.terms[-1],
        "today": _first_week_after(trust.terms[-1]).isoformat(),
        "schools": [
            {
                "urn": s.urn,
                "name": s.name,
                "mis": s.mis,
                "extracts": str((home / "extracts" / s.urn).resolve()),
            }
            for s in trust.schools
        ],
        "accounts": _accounts(home, [s.urn for s in trust.schools]),
        "model": model,
    }
    _write_private(described, json.dumps(description, indent=2, ensure_ascii=False))
    (home / UNFINISHED).unlink()
    return description


def _first_week_after(term: str) -> date:
    """The day the demo is shown for: the second Monday of the term its lists are made for."""
    start = calendar.next_term(term).start
    return start + timedelta(days=14 - start.weekday())


def _model(
    home: Path, trust: "SyntheticTrust", seed: int, progress: Progress | None, say: Say
) -> dict[str, Any]:
    """Train, promote and score: {id, metrics}. Where that is refused or has to wait, also why, and whom a plain
    rule would name instead (`why`, `rule`); `id` is None where no model serves."""
    metrics: dict[str, Any] = {}
    serves = None
    try:
        say("Training, testing on later terms, certifying the explanations ...")
        model = journeys.train_model(home, seed=seed, by=PROMOTER, progress=progress)
        metrics = model["metrics"]
        journeys.promote_model(
            home, model["model_id"], by=PROMOTER, reason="Passed its gates on the synthetic trust"
        )
        serves = model["model_id"]
        say("Scoring the last two terms ...")
        for term in trust.terms[-2:]:
            journeys.score_term(home, term, by=PROMOTER, progress=progress)
    except BelongError as refused:
        say(str(refused))
        rule = journeys.plain_list(home, trust.terms[-1])
        return {"id": serves, "metrics": metrics, "why": str(refused), "rule": rule}
    return {"id": serves, "metrics": metrics}


def demo_lines(description: dict[str, Any], home: Path, host: str, port: int) -> list[str]:
    """What a newcomer reads on the terminal: the address, who to sign in as, what to look at first."""
    lead = description["accounts"][0]
    return [
        "",
        f"A synthetic trust is ready. No pupil in it exists. Open http://{host}:{port}",
        "",
        *(f"  {a['role']:<15} {a['user']:<40} {a['password']}" for a in description["accounts"]),
        "",
        *_model_lines(description["model"]),
        f"Begin as {lead['user']}: read what changed in the school this term, then open a pupil's card,",
        "then upload a term again under Uploads and see what Belong says about the files.",
        f"Passwords and API tokens are also in {home / DESCRIPTION}.",
        "",
    ]


def _model_lines(model: Mapping[str, Any]) -> list[str]:
    if "why" not in model:
        return []
    return [
        "With a trust of this size and seed, no model makes suggestions for the latest term:",
        f"  {model['why']}",
        "What a simple points rule suggests instead (belong rule-list):",
        *(f"  {line}" for line in model["rule"]["lines"]),
        "",
    ]


def _clear_the_ground(home: Path) -> None:
    """Start over what an interrupted demo left; touch nothing that the demo did not make."""
    if (home / UNFINISHED).exists():
        shutil.rmtree(home)
    elif home.exists() and any(home.iterdir()):
        raise Refused(
            f"{home} already holds something that is not a demo.",
            hint="Choose an empty folder with --home, or serve what is there with: belong serve --home ...",
        )
    home.mkdir(parents=True, mode=0o700, exist_ok=True)
    (home / UNFINISHED).touch(mode=0o600)


def _accounts(home: Path, urns: list[str]) -> list[dict[str, Any]]:
    wanted = [
        (f"{role.replace('_', '.')}.{urn}@belong.example", role, [urn])
        for urn in urns
        for role in SCHOOL_ROLES
    ]
    wanted += [(f"{role.replace('_', '.')}@belong.example", role, urns) for role in TRUST_ROLES]
    return [
        _account(home, user, role, schools, invented_name(place))
        for place, (user, role, schools) in enumerate(wanted)
    ]


def invented_name(place: int) -> str:
    """A name for an account, another for each of the first few hundred."""
    return f"{FORENAMES[place % len(FORENAMES)]} {SURNAMES[place % len(SURNAMES)]}"


def _account(home: Path, user: str, role: str, schools: list[str], name: str) -> dict[str, Any]:
    """An account of the demo's own: nobody is there who could vouch for people who don't exist."""
    password = secrets.token_urlsafe(12)
    with at_machine(home) as caller:
        keeping.add_account(caller, user, role=role, schools=schools, password=password, name=name)
    token = journeys.issue_token(home, user, days=TOKEN_DAYS)["token"]
    return {"user": user, "role": role, "schools": schools, "password": password, "token": token}


def _write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, whole or not at all."""
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
