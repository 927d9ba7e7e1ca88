"""Every rule of every contract: rows that keep it, and rows that break it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from data_contracts import checking, expectations, upn
from data_contracts.calendar import term
from data_contracts.checking import Checked, check_table, gather
from data_contracts.context import Context
from data_contracts.contract import TABLES as TABLE_NAMES
from data_contracts.contract import load_contract
from data_contracts.schools import School
from tests.data_contracts.tables import (
    AVA,
    BEN,
    SUSPENSIONS,
    TABLES,
    TODAY,
    broken,
    checked,
    extract_of,
    frame_of,
    roll,
)

Change = dict[str, Any]
# table → rule → what to change in the first row (or, for `+`, a further row) so that the rule is broken
BREAKS: dict[str, dict[str, Change]] = {
    "pupils": {
        "upn_present": {"upn": None},
        "upn_form": {"upn": "A12"},
        "upn_check_letter": {"upn": ("B" if AVA[0] != "B" else "C") + AVA[1:]},
        "upn_unique": {"+": {"upn": AVA, "surname": "Twin"}},
        "upn_world": {"upn": upn.make("302423001234")},
        "former_upn_form": {"former_upn": "X"},
        "admission_number_unique": {"admission_number": "000101"},
        "mis_id_unique": {"mis_id": "51"},
        "surname_present": {"surname": None},
        "surname_sound": {"surname": "O?Neill"},
        "forename_sound": {"forename": "SiÃ¢n"},
        "surname_readable": {"_unreadable_surname": True},
        "forename_present": {"forename": None},
        "forename_readable": {"_unreadable_forename": True},
        "dob_present": {"dob": None},
        "dob_readable": {"dob": None, "_unreadable_dob": True},
        "dob_plausible": {"dob": "1978-01-01"},
        "sex_known": {"sex": "Q"},
        "nc_year_present": {"nc_year": None},
        "nc_year_known": {"nc_year": "15"},
        "age_fits_year": {"nc_year": "4"},
        "entry_date_present": {"entry_date": None},
        "entry_date_readable": {"entry_date": None, "_unreadable_entry_date": True},
        "entry_not_future": {"entry_date": "2028-09-01"},
        "leaving_date_readable": {"_unreadable_leaving_date": True},
        "leaving_after_entry": {"leaving_date": "2021-01-01"},
        "enrol_status_known": {"enrol_status": "Z"},
        "ethnicity_known": {"ethnicity": "QQQQ"},
        "fsm_readable": {"_unreadable_fsm": True},
        "in_care_readable": {"_unreadable_in_care": True},
        "eal_readable": {"_unreadable_eal": True},
        "sen_unit_readable": {"_unreadable_sen_unit": True},
        "resourced_provision_readable": {"_unreadable_resourced_provision": True},
    },
    "attendance": {
        "date_present": {"date": None},
        "date_readable": {"date": None, "_unreadable_date": True},
        "date_not_future": {"date": "2026-01-12"},
        "inside_term": {"date": "2025-07-01"},
        "school_day": {"date": "2025-09-13"},
        "session_present": {"session": None},
        "session_known": {"session": "Period 3"},
        "code_present": {"code": None},
        "code_known": {"code": "%"},
        "code_valid_on_date": {"code": "J"},
        "session_unique": {"+": {"code": "I"}},
        "on_roll": {"date": "2022-06-10"},
        "suspended_marks_explained": {"code": "E", "date": "2025-12-01"},
    },
    "attendance_summary": {
        "period_start_readable": {"_unreadable_period_start": True},
        "period_end_readable": {"_unreadable_period_end": True},
        "period_in_order": {"period_end": "2025-08-01"},
        "period_inside_term": {"period_start": "2025-04-22"},
        "totals_fit_period": {"possible": 200},
        "period_not_future": {"period_start": "2026-01-05", "period_end": "2026-02-05"},
        "code_known": {"code": "%"},
        "code_valid_in_period": {"code": "J"},
        "category_present": {"category": None},
        "sessions_present": {"sessions": None},
        "sessions_readable": {"sessions": None, "_unreadable_sessions": True},
        "sessions_not_negative": {"sessions": -1},
        "sessions_whole": {"sessions": 59.5},
        "possible_readable": {"possible": None, "_unreadable_possible": True},
        "possible_plausible": {"possible": 900},
        "sessions_add_up": {"sessions": 12},
        "summary_unique": {"+": {"sessions": 1}},
    },
    "behaviour": {
        "date_present": {"date": None},
        "date_readable": {"date": None, "_unreadable_date": True},
        "date_not_future": {"date": "2026-01-12", "recorded_on": None},
        "inside_term": {"date": "2025-07-01"},
        "time_readable": {"_unreadable_time": True},
        "local_type_present": {"local_type": None},
        "type_mapped": {"_type_new": True},
        "praise_assumed": {"_praise_assumed": True},
        "polarity_clear": {"_contradicts": True},
        "polarity_readable": {"_neither": True},
        "type_known": {"type": "nonsense"},
        "points_readable": {"_unreadable_points": True},
        "points_plausible": {"points": 5000},
        "severity_readable": {"_unreadable_severity": True},
        "severity_in_range": {"severity": 9},
        "action_known": {"_action_unknown": True},
        "role_known": {"role": "bystanders"},
        "on_roll": {"date": "2022-06-10"},
        "recorded_after_event": {"recorded_on": "2025-09-01"},
        "incident_once": {"+": {}},
    },
    "suspensions": {
        "category_present": {"category": None},
        "category_known": {"category": "ZZZ"},
        "reason1_known": {"reason1": "because"},
        "reason2_known": {"reason2": "because"},
        "reason3_known": {"reason3": "because"},
        "reason_given": {"reason1": None},
        "reason_valid_on_date": {"reason1": "OT"},
        "start_date_present": {"start_date": None},
        "start_date_readable": {"start_date": None, "_unreadable_start_date": True},
        "start_not_far_future": {"start_date": "2026-03-02", "end_date": "2026-03-03"},
        "inside_term": {"start_date": "2025-07-01", "end_date": "2025-07-02"},
        "start_session_known": {"start_session": "noon"},
        "end_date_readable": {"_unreadable_end_date": True},
        "end_after_start": {"end_date": "2025-10-01"},
        "sessions_readable": {"_unreadable_sessions": True},
        "sessions_whole": {"sessions": 1.5},
        "sessions_above_zero": {"sessions": 0},
        "sessions_below_cap": {"sessions": 120},
        "year_below_cap": {"sessions": 80, "+": {"start_date": "2025-11-24", "sessions": 20}},
        "length_fits_dates": {"sessions": 10},
        "status_known": {"status": "maybe"},
        "status_on_readable": {"_unreadable_status_on": True},
        "sen_provision_known": {"sen_provision": "?"},
        "on_roll": {"start_date": "2022-06-10", "end_date": "2022-06-13"},
        "suspension_once": {"+": {}},
        "suspensions_apart": {"end_date": "2025-10-09", "+": {"start_date": "2025-10-08"}},
    },
    "sen": {
        "provision_or_need": {"provision": None, "need_type": None},
        "provision_known": {"provision": "Z"},
        "provision_valid_on_date": {"start_date": "2012-09-01"},
        "need_type_known": {"need_type": "ZZZ"},
        "need_fits_provision": {"provision": "E", "need_type": "NSA"},
        "need_rank_readable": {"_unreadable_need_rank": True},
        "need_rank_in_range": {"need_rank": 0},
        "start_date_readable": {"start_date": None, "_unreadable_start_date": True},
        "start_present": {"start_date": None},
        "start_not_far_future": {"start_date": "2027-03-02"},
        "end_date_readable": {"_unreadable_end_date": True},
        "end_after_start": {"end_date": "2022-12-01"},
        "review_date_readable": {"_unreadable_review_date": True},
        "sen_periods_apart": {"+": {"provision": "E", "start_date": "2024-01-01"}},
        "sen_once": {"+": {}},
    },
    "movements": {
        "kind_present": {"kind": None},
        "kind_known": {"kind": "holiday"},
        "start_date_present": {"start_date": None},
        "start_date_readable": {"start_date": None, "_unreadable_start_date": True},
        "start_not_far_future": {"start_date": "2027-03-02"},
        "end_date_readable": {"_unreadable_end_date": True},
        "end_after_start": {"end_date": "2025-09-01"},
        "review_date_readable": {"_unreadable_review_date": True},
        "review_present": {"end_date": None, "review_date": None},
        "review_in_period": {"review_date": "2025-09-01"},
        "sessions_readable": {"_unreadable_sessions": True},
        "sessions_not_negative": {"sessions": -2},
        "sessions_whole": {"sessions": 2.5},
        "on_roll": {"start_date": "2022-06-10"},
        "movement_once": {"+": {}},
    },
}
for _table in TABLE_NAMES:
    if _table != "pupils":
        BREAKS[_table] |= {
            "pupil_said": {"upn": None},
            "pupil_exists": {"upn": upn.make("999400122999")},
            "pupil_certain": {"upn": AVA, "mis_id": "51"},
            "pupil_ready": {"upn": AVA},
            "upn_world": {"upn": upn.make("302423001234")},
            "recorded_on_readable": {"recorded_on": None, "_unreadable_recorded_on": True},
            "recorded_not_future": {"recorded_on": "2026-02-01"},
        }
APART = (
    {("pupils", "rows_present"), ("suspensions", "marks_fit_suspension")}
    | {(table, "dates_day_first") for table in ("attendance", "behaviour", "suspensions")}
    | {(table, "pupil_grouped") for table in TABLE_NAMES if table != "pupils"}
)  # tested on their own below
CASES = [(table, rule) for table, rules in BREAKS.items() for rule in rules]
AUTUMN = term("2025-autumn")


def _about(table: str) -> dict[str, Any]:
    """The term the files are for, and the suspensions the marks are compared with."""
    about: dict[str, Any] = {"term": AUTUMN}
    if table == "attendance":
        about["tables"] = {"suspensions": frame_of("suspensions", SUSPENSIONS)}
    return about


def _changed(table: str, change: Change) -> list[dict[str, Any]]:
    first = TABLES[table][0] | {name: value for name, value in change.items() if name != "+"}
    rows = [first, *TABLES[table][1:]]
    return [*rows, first | change["+"]] if "+" in change else rows


def test_every_rule_has_a_breaking_case() -> None:
    asked = {(table, rule.name) for table in TABLE_NAMES for rule in load_contract(table).rules}
    assert asked == set(CASES) | APART
    assert len(asked) >= 150


@pytest.mark.parametrize("table", TABLE_NAMES)
def test_valid_rows_keep_every_rule(table: str) -> None:
    result = checked(table, TABLES[table], **_about(table))
    assert [problem.rule for problem in result.problems] == []
    assert len(result.good) == len(TABLES[table])


@pytest.mark.parametrize(("table", "rule"), CASES)
def test_a_broken_rule_is_named(table: str, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run with this rule alone, so that the case breaks it and not only a neighbour."""
    whole = load_contract(table)
    alone = replace(whole, rules=tuple(entry for entry in whole.rules if entry.name == rule))
    original = checking.load_contract
    monkeypatch.setattr(checking, "load_contract", lambda name: alone if name == table else original(name))
    about = _about(table)
    if rule == "pupil_ready":
        about["roll"] = None
        rows = _waiting_rows(table)
    else:
        rows = checked(table, _changed(table, BREAKS[table][rule]), **about)
    named = {problem.rule for problem in rows.problems}
    assert named == {rule}
    problem = next(problem for problem in rows.problems if problem.rule == rule)
    assert problem.message.endswith((".", "?"))
    assert problem.hint
    if problem.severity == "row":
        assert problem.line is not None
        assert rows.quarantined >= 1
        assert problem.line not in set(rows.good["_line"])


def _waiting_rows(table: str) -> Checked:
    """Rows of a pupil whose own row waits to be mended."""
    extract = extract_of(table, TABLES[table])
    good = roll().iloc[1:]
    return check_table([extract], gather([extract], roll(), good), Context(TODAY, roll=good, term=AUTUMN))


def test_warnings_let_the_row_through_but_drop_a_value_outside_its_code_set() -> None:
    rows = checked("pupils", _changed("pupils", {"ethnicity": "QQQQ"}))
    assert len(rows.good) == 3
    assert rows.good["ethnicity"].isna().tolist() == [True, False, False]


def test_an_empty_pupils_file_is_refused() -> None:
    empty = extract_of("pupils", TABLES["pupils"])
    empty.frame = empty.frame.iloc[:0]
    found = check_table([empty], gather([empty], None), Context(TODAY))
    assert [(problem.rule, problem.severity) for problem in found.problems] == [("rows_present", "file")]


def _register(code: str) -> pd.DataFrame:
    days = [d for d in ("2025-10-06", "2025-10-07", "2025-10-08") for _ in (0, 1)]
    marks = [code] * 4 + ["/", "\\"]
    return frame_of(
        "attendance",
        [{"upn": AVA, "date": d, "session": "AM" if n % 2 == 0 else "PM", "code": c}
         for n, (d, c) in enumerate(zip(days, marks, strict=True))],
    )  # fmt: skip


def test_a_suspension_fits_its_marks_give_or_take_one_session() -> None:
    fits = _register("E")
    one_short = fits.assign(code=["/", "E", "E", "E", "/", "\\"])
    absent = _register("I")
    assert broken("suspensions", SUSPENSIONS, tables={"attendance": fits}) == set()
    assert broken("suspensions", SUSPENSIONS, tables={"attendance": one_short}) == set()
    assert broken("suspensions", SUSPENSIONS, tables={"attendance": absent}) == {"marks_fit_suspension"}


def test_a_real_school_refuses_made_up_pupils_and_the_other_way_round() -> None:
    real = School("123456", "Real School")
    made_up = School("999001", "Made-up School", synthetic=True)
    assert "upn_world" in broken("pupils", TABLES["pupils"], school=real)
    assert broken("pupils", TABLES["pupils"], school=made_up) == set()
    refused = checked("pupils", TABLES["pupils"], school=real)
    assert refused.refused == {"pupils.csv"}
    assert refused.good.empty


def test_a_pupil_may_come_back_after_leaving() -> None:
    first = TABLES["pupils"][0]
    back = [
        first | {"leaving_date": "2023-07-20"},
        first | {"entry_date": "2024-09-02"},
        *TABLES["pupils"][1:],
    ]
    assert "upn_unique" not in broken("pupils", back)


def test_repeated_marks_keep_the_first_and_differing_ones_keep_none() -> None:
    same = [*TABLES["attendance"], TABLES["attendance"][0]]
    differing = [*TABLES["attendance"], TABLES["attendance"][0] | {"code": "O"}]
    assert checked("attendance", same).good["_line"].tolist() == [2, 3, 4]
    assert checked("attendance", differing).good["_line"].tolist() == [3, 4]


def test_a_mark_of_an_unknown_session_spoils_no_other_mark() -> None:
    odd = [*TABLES["attendance"], TABLES["attendance"][0] | {"session": "P4", "code": "O"}]
    found = checked("attendance", odd)
    assert found.good["_line"].tolist() == [2, 3, 4]
    assert {problem.rule for problem in found.problems} == {"session_known"}


def test_every_failing_row_is_reported_not_a_sample() -> None:
    rows = [TABLES["attendance"][0] | {"date": f"2025-09-{n % 28 + 1:02d}", "code": "%"} for n in range(500)]
    found = checked("attendance", rows)
    assert sum(problem.rule == "code_known" for problem in found.problems) == 500
    assert found.quarantined == 500


def test_suspensions_seen_in_two_returns_count_once() -> None:
    again = SUSPENSIONS[0] | {"start_session": None, "end_date": None}
    found = checked("suspensions", [*SUSPENSIONS, again])
    assert len(found.good) == 2
    morning = SUSPENSIONS[0] | {"sessions": 1, "end_date": "2025-10-06"}
    afternoon = SUSPENSIONS[0] | {"start_session": "PM", "end_date": "2025-10-07", "sessions": 3}
    assert len(checked("suspensions", [morning, afternoon]).good) == 2


def test_dates_before_the_code_change_keep_the_old_codes() -> None:
    old = [{"upn": BEN, "date": "2024-05-08", "session": "AM", "code": "J"}]
    assert "code_valid_on_date" not in broken("attendance", old, today=date(2024, 6, 1))


@pytest.mark.parametrize(
    ("table", "column"), [("attendance", "date"), ("behaviour", "date"), ("suspensions", "start_date")]
)
def test_dates_that_only_make_sense_month_first_refuse_their_file(table: str, column: str) -> None:
    """Each could be a day first, but then they are weekends: 09/08/2025 is Saturday the ninth of August."""
    turned = ["2025-08-09", "2025-12-09", "2025-11-09"]  # 8, 12 and 11 September, written American
    rows = [{**TABLES[table][0], column: day, "end_date": None} for day in turned]
    result = checked(table, rows)
    assert "dates_day_first" in {problem.rule for problem in result.problems}
    assert result.refused == {f"{table}.csv"}
    sound = [{**row, column: f"2025-09-{day:02d}"} for row, day in zip(rows, (8, 12, 11), strict=True)]
    assert "dates_day_first" not in broken(table, sound)


def test_rules_seen_to_hold_are_no_rules_left_out() -> None:
    """Running every rule names the same rows as running those that do not hold at a glance."""
    extract = extract_of(
        "behaviour", [{**TABLES["behaviour"][0], "date": "2031-01-01"}, *TABLES["behaviour"]]
    )
    frame = gather([extract], roll(), roll())
    contract = load_contract("behaviour")
    prepared = checking.with_facts(frame, contract, Context(TODAY, roll=roll()))
    some, every = expectations.run(contract, prepared), expectations.run(contract, prepared, every=True)
    assert {rule: list(rows) for rule, rows in some.items()} == {
        rule: list(rows) for rule, rows in every.items()
    }
    assert some
