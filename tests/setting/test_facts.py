"""Counting a term by group: who counts, out of how many, and what is never shown."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.expected import expected_right
from service.lists.words import UNKNOWN, how_often_right
from service.setting import facts as counting
from service.setting import view
from service.setting.compared import Compared, indexed
from service.setting.facts import Fact, OnRoll
from service.setting.measures import BY_NAME
from service.setting.setting_rows import SettingFactRow
from service.setting.small_numbers import FEWEST, few_cells, hidden

TERM = "2026-spring"
ALL_FEEDS = frozenset({"attendance", "behaviour", "suspensions"})


def counted(term: str, pupils: list[OnRoll], events: dict[str, list[dict[str, Any]]]) -> list[Fact]:
    """With every feed loaded."""
    return counting.counted(term, pupils, events, ALL_FEEDS)


def roll(*years: str) -> list[OnRoll]:
    return [OnRoll(f"p{i}", year, date(2025, 9, 1), None) for i, year in enumerate(years)]


def incident(text_key: str = "incident_involved", **detail: Any) -> dict[str, Any]:
    return {"date": "2026-01-12", "kind": "behaviour", "text_key": text_key, "detail": detail}


def suspension(status: str, sessions: int = 4) -> dict[str, Any]:
    detail = {"status": status, "sessions": sessions, "reasons": ["DB"]}
    return {"date": "2026-01-13", "kind": "suspension", "text_key": "suspension", "detail": detail}


def fact(facts: list[Fact], measure: str, name: str = "Everyone") -> Fact:
    return next(each for each in facts if each.measure == measure and each.name == name)


@pytest.mark.parametrize(
    "text_key", ["incident_target", "incident_witness", "incident_hurt", "incident_seen"]
)
def test_being_hurt_or_seeing_it_counts_nowhere(text_key: str) -> None:
    facts = counted(TERM, roll("7"), {"p0": [incident(text_key, lesson="Maths")]})
    assert fact(facts, "incidents").amount == 0.0
    assert not [each for each in facts if each.grouping == "lesson"]


def test_a_suspension_that_did_not_stand_is_not_counted() -> None:
    told = [suspension("issued"), suspension("cancelled"), suspension("overturned"), suspension("reinstated")]
    facts = counted(TERM, roll("9"), {"p0": told})
    assert fact(facts, "suspensions").amount == 2.0
    assert fact(facts, "sessions_lost").amount == 8.0


def test_lessons_days_and_hours_are_counted_with_their_pupils() -> None:
    told = incident(lesson="Maths", time="11:20", type="disruption")
    facts = counted(TERM, roll("7", "7"), {"p0": [told, told], "p1": [told]})
    for name in ("Maths", "Monday", "11:00", "Monday 11:00", "disruption"):
        assert (fact(facts, "incidents", name).amount, fact(facts, "incidents", name).pupils) == (3.0, 2)


def rows(**pupils: int) -> list[SettingFactRow]:
    return [
        SettingFactRow(
            school="999001",
            term=TERM,
            measure="incidents",
            grouping="year",
            name=name,
            amount=2 * n,
            base=100,
            pupils=n,
        )
        for name, n in pupils.items()
    ]


def whole(term: str = TERM) -> SettingFactRow:
    return SettingFactRow(
        school="999001",
        term=term,
        measure="incidents",
        grouping="all",
        name="Everyone",
        amount=1,
        base=1,
        pupils=1,
    )


def kept_back(facts: list[SettingFactRow]) -> set[str]:
    return {name for _, _, name in hidden(facts)}


def test_groups_of_fewer_than_ten_pupils_are_never_shown() -> None:
    assert kept_back(rows(a=9, b=10, c=3, d=50)) == {"a", "c"}


def test_one_small_group_takes_the_next_with_it_so_that_no_subtraction_reveals_it() -> None:
    assert kept_back(rows(a=9, b=10, c=30)) == {"a", "b"}


def test_the_whole_school_is_shown_however_few_did_something() -> None:
    whole = SettingFactRow(
        school="999001",
        term=TERM,
        measure="suspensions",
        grouping="all",
        name="Everyone",
        amount=2,
        base=100,
        pupils=2,
    )
    assert kept_back([whole]) == set()


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 30), min_size=1))
def test_no_group_shown_is_small_and_none_hidden_stands_alone(groups: dict[str, int]) -> None:
    few = kept_back(rows(**groups))
    assert all(count >= FEWEST for name, count in groups.items() if name not in few)
    assert len(few) != 1 or len(groups) == 1


def test_what_is_hidden_depends_on_its_own_term_alone() -> None:
    """A page that shows this term beside the next must hide what this term's own page hides."""
    now, before = rows(a=20, b=30, c=40), rows(a=5, b=30, c=40)
    for fact in before:
        fact.term = "2025-autumn"
    for facts in (now, before):
        facts.append(whole(facts[0].term))
    terms = tuple(indexed(facts)[facts[0].term] for facts in (now, before))
    compared = Compared((*terms, {}))
    table = view._table(BY_NAME["incidents"], "year", "By year group", compared)
    assert {line.name: line.now for line in table.lines} == {"a": 40.0, "b": 60.0, "c": 80.0}
    assert {line.name: line.before for line in table.lines} == {"a": None, "b": None, "c": 80.0}


def cells(**pupils: int) -> list[SettingFactRow]:
    """A grid of three days and two hours, `mon_9=4` for Monday at nine."""
    return [
        SettingFactRow(
            school="999001", term=TERM, measure="incidents", grouping="weekday_hour",
            name=name.replace("_", " "), amount=n, base=100, pupils=n,
        )
        for name, n in pupils.items()
    ]  # fmt: skip


def test_a_cell_kept_back_can_not_be_had_from_the_sums_of_its_row_and_column() -> None:
    grid = cells(mon_9=4, tue_9=20, wed_9=30, mon_10=40, tue_10=15, wed_10=50)
    few = few_cells(grid)
    assert "mon 9" in few
    for axis in (0, 1):
        of = [name.split()[axis] for name in few]
        assert all(of.count(each) >= 2 for each in of)


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=12, max_size=12))
def test_no_sum_of_rows_and_columns_gives_a_hidden_cell_away(pupils: list[int]) -> None:
    names = [f"{day}_{hour}" for day in ("mon", "tue", "wed") for hour in (9, 10, 11, 12)]
    few = few_cells(cells(**dict(zip(names, pupils, strict=True))))
    if len(few) == len(names):
        return
    for cell in few:
        # another set of counts with the same sums: a round through hidden cells that begins at this one
        assert round_through(cell, few), (cell, few)


def round_through(cell: str, few: set[str]) -> bool:
    """Whether one could add 1 to a hidden cell and set the sums right by changing other hidden cells alone."""
    row, column = cell.split()
    reached, grew = {row}, True
    while grew:
        grew = False
        for other in few - {cell}:
            one, two = other.split()
            if (one in reached) != (two in reached):
                reached |= {one, two}
                grew = True
    return column in reached


def test_one_incident_with_two_actions_is_one_incident() -> None:
    told = [
        incident(key="i1", action="detention"),
        incident(key="i1", action="contact_home"),
        incident(key="i2"),
    ]
    assert fact(counted(TERM, roll("7"), {"p0": told}), "incidents").amount == 2.0


def test_a_type_that_alleges_a_crime_is_counted_and_named_nowhere() -> None:
    facts = counted(TERM, roll("7"), {"p0": [incident(type="theft"), incident(type="disruption")]})
    assert fact(facts, "incidents").amount == 2.0
    assert [each.name for each in facts if each.grouping == "type"] == ["disruption"]


@pytest.mark.parametrize(
    ("feeds", "known"),
    [
        ((), set()),
        (("pupils",), set()),
        (("behaviour",), {"incidents", "positive", "practice"}),
        (("suspensions",), {"suspensions", "sessions_lost"}),
        (("behaviour", "suspensions"), {"incidents", "positive", "practice", "suspensions", "sessions_lost"}),
        (("attendance",), set()),
    ],
)
def test_what_was_never_loaded_gives_no_figure_at_all(feeds: tuple[str, ...], known: set[str]) -> None:
    """A feed that was loaded without a row is zero; one that was not loaded is not known."""
    facts = counting.counted(TERM, roll("7", "8"), {}, feeds)
    assert {each.measure for each in facts} == known
    assert all(each.amount == 0 for each in facts if each.measure not in ("practice",))


def test_every_week_up_to_the_last_record_stands_with_its_count() -> None:
    told = {"p0": [incident(), {**incident(), "date": "2026-01-26"}]}
    weeks = {
        each.name: each.amount
        for each in counted(TERM, roll("7"), told)
        if (each.measure, each.grouping) == ("incidents", "week")
    }
    assert weeks == {"2026-01-05": 0, "2026-01-12": 1, "2026-01-19": 0, "2026-01-26": 1}


def test_a_year_group_without_records_stands_with_nothing() -> None:
    assert fact(counted(TERM, roll("7", "8"), {"p0": [incident()]}), "incidents", "Year 8") == Fact(
        "incidents", "year", "Year 8", 0.0, 1.0, 0
    )


def practice(told: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    return {each.name: each.amount for each in counted(TERM, roll("7"), told) if each.grouping == "practice"}


def test_how_a_school_records_is_counted() -> None:
    told = [
        incident(lesson="Maths", type="disruption"),
        incident("positive", type="effort"),
        {**incident(type="disruption"), "date": "2026-01-26"},
    ]
    # the weeks of 5, 12, 19 and 26 January: in the first and third nothing was written down
    assert practice({"p0": told}) == {"no_records": 2, "with_place": 33, "positive_share": 33, "kinds": 2}


def test_a_school_that_records_nothing_has_no_shares() -> None:
    marks = {"weeks": {"2026-01-19": "//////////"}}
    register = {"date": "2026-01-19", "kind": "register", "text_key": "register", "detail": marks}
    assert practice({"p0": [register]}) == {"no_records": 3, "kinds": 0}


def report(flags: float, right: float) -> dict[str, Any]:
    return {"test": {"lists": {"suspended": {"flags": flags, "right": right}}}}


def test_the_sentence_above_a_list_counts_past_lists_and_promises_nothing() -> None:
    words = how_often_right(report(240, 90), 24, "suspended")
    assert words == (
        "When lists were made this way in past terms, about 9 in every 24 pupils were suspended the following "
        "term, with the support schools usually gave; between 6 and 12 in most terms. Most were not. Nobody can tell "
        "which. This list is a reason to look and to help, not a prediction about any child."
    )
    assert "sav" not in words


def test_each_list_is_counted_for_itself() -> None:
    assert how_often_right(report(240, 90), 24, "not_suspended") == UNKNOWN


@pytest.mark.parametrize("past", [{}, report(19, 8), report(0, 0)])
def test_too_few_past_lists_are_said_to_be_too_few(past: dict[str, Any]) -> None:
    assert how_often_right(past, 24, "suspended") == UNKNOWN


def test_the_expected_range_holds_the_middle_and_narrows_with_what_is_known() -> None:
    about, low, high = expected_right(90, 240, 24)
    assert low < about == 9 < high
    _, wider_low, wider_high = expected_right(9, 24, 24)
    assert wider_high - wider_low >= high - low


@pytest.mark.parametrize("call", [lambda: expected_right(5, 4, 10), lambda: expected_right(1, 4, 0)])
def test_impossible_counts_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="right must lie"):
        call()
