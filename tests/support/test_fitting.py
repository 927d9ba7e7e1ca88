"""What is offered fits the themes told and the child's own records, and nobody else's."""

from dataclasses import replace
from datetime import timedelta

from pipelines.explanation import Account, Records
from pipelines.explanation.account import Reason
from pipelines.explanation.stories import stories
from service.support import fitting
from service.support.fitting import abouts
from service.support.menu import Offer, seed
from tests.explanation.made import AS_OF, incident, pupil, records, sen, suspension

MENU = [Offer(f"seed-{n}", one.about, one.name, one.lead, None, 0) for n, one in enumerate(seed())]
DAYS = [AS_OF - timedelta(days=n) for n in range(1, 13)]


def account(of: Records, *themes: str) -> Account:
    told = stories(of, pupil("behaviour", "suspensions"))
    return Account(tuple(Reason(told[theme], 1.0, "incidents_term") for theme in themes), ())


def about(of: Records, *themes: str) -> list[str]:
    return abouts(account(of, *themes), of)


def test_special_educational_needs_come_first_whatever_the_reasons() -> None:
    low = [incident(day, n) for n, day in enumerate(DAYS)]
    assert about(records((), low, rows=[sen("K", AS_OF)]), "behaviour")[0] == fitting.SEN
    assert about(records((), low, rows=[sen("E", AS_OF)]), "behaviour")[0] == fitting.SEN
    assert about(records((), low, rows=[sen("N", AS_OF)]), "behaviour")[0] == fitting.REPEATED


def test_a_week_lost_to_suspension_asks_for_the_return() -> None:
    away = records((), suspensions=[suspension(DAYS[0], 6), suspension(DAYS[5], 6)])
    assert about(away, "suspensions") == [fitting.AFTER]
    short = records((), [incident(day, n) for n, day in enumerate(DAYS)], [suspension(DAYS[0], 2)])
    assert about(short, "behaviour", "suspensions")[0] == fitting.REPEATED


def test_behaviour_is_told_apart_by_its_types() -> None:
    fights = [incident(day, n, type="fighting" if n % 3 == 0 else "disruption") for n, day in enumerate(DAYS)]
    assert about(records((), fights), "behaviour")[:2] == [fitting.PEERS, fitting.REPEATED]
    once = [incident(day, n, type="fighting" if n == 0 else "disruption") for n, day in enumerate(DAYS)]
    assert about(records((), once), "behaviour")[0] == fitting.REPEATED


def test_an_offer_depends_on_the_pupils_own_records_alone() -> None:
    """Whoever else stands on the list, and in whatever order, the offers of one pupil stay the same."""
    many = [
        records((), [incident(day, n, type=kind) for n, day in enumerate(DAYS)], rows=rows)
        for kind in ("disruption", "fighting", "homework", "damage")
        for rows in ((), [sen("K", AS_OF)])
    ]
    alone = [fitting.offers_that_fit(MENU, account(one, "behaviour"), one) for one in many]
    backwards = [fitting.offers_that_fit(MENU, account(one, "behaviour"), one) for one in reversed(many)]
    assert alone == backwards[::-1]
    assert len({offers[0].name for offers in alone}) >= 4


def test_what_is_full_is_left_out_and_each_about_has_its_turn() -> None:
    mine = records((), [incident(day, n) for n, day in enumerate(DAYS)], rows=[sen("K", AS_OF)])
    full = [replace(one, capacity=1, used=1) if one.about == fitting.SEN else one for one in MENU]
    assert fitting.offers_that_fit(full, account(mine, "behaviour"), mine)[0].about == fitting.REPEATED
    first_two = fitting.offers_that_fit(MENU, account(mine, "behaviour"), mine)[:2]
    assert [one.about for one in first_two] == [fitting.SEN, fitting.REPEATED]
