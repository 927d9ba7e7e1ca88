"""The questions of the isolation matrix, and what is a wrong answer to each."""

import re
from collections.abc import Collection

from fastapi.testclient import TestClient

from service.permissions import ROLES, RULES
from tests.service.routes import Named, named_routes
from tests.service.seeds import OTHER, OWN, SENTINEL, TERM, Seeded

OF_A_SCHOOL = ("{pupil_id}", "{upload_id}", "{load_id}", "{urn}", "{school}", "/flags", "/uploads", "/loads")


def ask(client: TestClient, route: Named, seeded: Seeded, school: str) -> tuple[int, str]:
    """Call a route about things of a school."""
    fillers = {
        "pupil_id": seeded.pupil[school],
        "upload_id": seeded.upload[school],
        "load_id": seeded.load[school],
        "urn": school,
        "school": school,
        "term": TERM,
        "model_id": seeded.model_id,
        "account_id": "a0000000000000000",
        "token_id": "t0000000000000000",
    }
    path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: fillers.get(found[1], "none"), route.path)
    body = None if route.method == "GET" else {"reason": "A test asks.", "school": school, "term": TERM}
    found = client.request(route.method, path, params={"school": school, "term": TERM}, json=body)
    return found.status_code, found.text


def ask_everything(seeded: Seeded, roles: Collection[str] = ROLES) -> tuple[int, list[str]]:
    """Every API route by each role about both schools: how many questions, and the wrong answers."""
    routes = [route for route in named_routes(seeded.client().app) if route.path.startswith("/api/")]  # type: ignore[arg-type]
    asked, wrong = 0, []
    for role in roles:
        client = seeded.client(role)
        for route in routes:
            allowed = all(action is None or role in RULES[action] for action in route.needs)
            for school in (OWN, OTHER):
                if school == OWN and route.method != "GET" and allowed:
                    continue  # what one may do in one's own school is for other tests
                status, body = ask(client, route, seeded, school)
                fault = _fault(route, seeded, status, body, allowed=allowed, foreign=school == OTHER)
                asked += 1
                if fault:
                    wrong.append(f"{role} {route.method} {route.path} about {school}: {status}, {fault}")
    return asked, wrong


def _fault(route: Named, seeded: Seeded, status: int, body: str, *, allowed: bool, foreign: bool) -> str:
    """What is wrong with an answer; '' where nothing is."""
    if status >= 500:
        return "broke"
    if not allowed and status not in (403, 404):
        return "was let in without the permission"
    refusals = (403, 404) if route.method == "GET" else (403, 404, 422)
    if foreign and any(part in route.path for part in OF_A_SCHOOL) and status not in refusals:
        return "was let in to another school"
    secrets = {SENTINEL[OTHER], *seeded.pupils[OTHER], seeded.upload[OTHER], seeded.load[OTHER]}
    return "says something about another school" if any(secret in body for secret in secrets) else ""
