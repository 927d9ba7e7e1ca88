"""Every route, every role, one's own school and another's: generated from the route table."""

import pytest
from sqlalchemy import select, text

from service.accounts import keeping, tokens
from service.core.audit import unaudited
from service.core.callers import command_caller
from service.records import roll_store
from service.rights.tables import metadata
from service.scoring import score_store
from testbed.examples import call_for
from testbed.matrix import ask_about_another_year, ask_everything
from testbed.routes import named_routes
from testbed.seeds import OTHER, OWN, TERM, Seeded

LEAST_ROUTES = 110
LEAST_QUESTIONS = 1_500
PUBLIC = {"/healthz", "/readyz", "/language", "/join", "/new-password", "/help", "/about-the-model"}


def test_every_route_names_its_permission(seeded: Seeded) -> None:
    routes = named_routes(seeded.client().app)  # type: ignore[arg-type]
    assert len(routes) >= LEAST_ROUTES
    for route in routes:
        assert route.needs, f"{route.method} {route.path} names no permission"
        if None in route.needs:
            assert route.path in PUBLIC or route.path.startswith("/sign-in"), (
                f"{route.path} is open to everyone"
            )


def test_no_route_says_anything_about_another_school(seeded: Seeded) -> None:
    asked, wrong = ask_everything(seeded)
    assert wrong == []
    assert asked > LEAST_QUESTIONS


@pytest.mark.postgres
def test_no_route_says_anything_about_another_school_on_postgres(seeded_postgres: Seeded) -> None:
    asked, wrong = ask_everything(seeded_postgres, ("inclusion_lead", "data_team", "dpo"))
    assert wrong == []
    assert asked > LEAST_QUESTIONS / 3


def test_without_a_token_nothing_is_said(seeded: Seeded) -> None:
    client = seeded.client()
    document = client.get("/api/v1/openapi.json").json()
    for route in named_routes(client.app):  # type: ignore[arg-type]
        if None not in route.needs and route.path.startswith("/api/"):
            call = call_for(document, route.path, route.method.lower(), seeded.ids(OWN))
            answer = client.request(call.method, call.path, **call.options())
            assert answer.status_code == 401, f"{route.method} {route.path}"
            assert client.head(call.path).status_code in (401, 405), route.path


@pytest.mark.postgres
def test_row_level_security_holds_without_the_scope_in_the_query(seeded_postgres: Seeded) -> None:
    """The same questions with every school named: the transaction's own schools still decide."""
    seeded, database = seeded_postgres, seeded_postgres.deployment.database
    tables = [
        table for table in metadata.sorted_tables if "school" in table.columns and table.name != "school"
    ]
    kept_apart = [table for table in tables if table.name not in ("audit", "job")]
    assert len(kept_apart) >= 15
    with database.reading({OWN}) as tx:
        for table in kept_apart:
            found = set(tx.scalars(select(table.c.school).distinct()))
            assert found <= {OWN, ""}, table.name
        assert score_store.score(unaudited(tx, "a test"), seeded.pupil[OTHER], None, {OWN, OTHER}) == []
        assert roll_store.roll(unaudited(tx, "a test"), seeded.pupil[OTHER], {OWN, OTHER}) == []
        assert roll_store.roll(unaudited(tx, "a test"), seeded.pupil[OWN], {OWN, OTHER}) != []
    with database.reading() as tx:
        assert tx.scalar(text("select count(*) from score")) == 0


@pytest.mark.postgres
def test_the_application_may_not_change_the_audit_log(seeded_postgres: Seeded) -> None:
    with (
        pytest.raises(Exception, match="permission denied"),
        seeded_postgres.deployment.database.writing({OWN}) as tx,
    ):
        tx.execute(text("delete from audit"))


def test_a_year_group_is_a_wall_too(fresh: Seeded) -> None:
    """A head of year 7 is not told that a pupil of year 8 exists."""
    caller = command_caller(fresh.deployment)
    keeping.add_account(caller, "y7@belong.example", role="head_of_year", schools=[OWN], year_groups=["7"])
    token = tokens.issue_token(caller, "y7@belong.example", days=1)["token"]
    client = fresh.client()
    client.headers["Authorization"] = f"Bearer {token}"
    flags = client.get("/api/v1/flags", params={"school": OWN, "term": TERM}).json()
    assert {flag["nc_year"] for flag in flags["flags"]} <= {"7"}
    for number, pupil in enumerate(fresh.pupils[OWN][:8]):
        status = client.get(f"/api/v1/pupils/{pupil}/explanation").status_code
        assert (status != 404) == (number % 4 == 0)
    asked, wrong = ask_about_another_year(fresh, client, fresh.pupils[OWN][1])
    assert wrong == []
    assert asked >= 15
