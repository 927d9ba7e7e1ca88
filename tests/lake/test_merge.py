"""Loading checked frames: nothing twice, corrections exactly where they are, earlier states replayable."""

from datetime import date

import pandas as pd
import pytest

from data_contracts.errors import Refused
from pipelines.indicators import engine
from pipelines.lake.files import read_buckets, write_file
from testbed.values import says
from tests.lake.conftest import SCHOOL
from tests.lake.worlds import KEY, Trust, frames, upn

TERM = "2023-autumn"
PERSONAL = ("Surname1", upn(SCHOOL, 1), "2012-01-05")


def test_the_same_files_again_change_nothing(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 20)
    first = trust.load(SCHOOL, TERM, good)
    shuffled = {table: frame.sample(frac=1, random_state=3) for table, frame in good.items()}
    again = trust.load(SCHOOL, TERM, shuffled, today=date(2026, 12, 1))
    assert first.status == "loaded"
    assert again.status == "unchanged"
    assert again.files == ()
    assert again.aliases == ()


@pytest.mark.parametrize(("table", "column"), [("behaviour", "location"), ("suspensions", "sen_provision")])
def test_files_written_before_a_column_was_known_are_merged_and_read(
    trust: Trust, table: str, column: str
) -> None:
    good = frames(SCHOOL, TERM, 20)
    good[table][column] = None
    trust.load(SCHOOL, TERM, good)
    (file,) = trust.view.select(table)
    rows = read_buckets(trust.view.store, file.path).drop_columns([column])
    key = (table, SCHOOL, TERM)
    old = write_file(trust.view.store, rows, key, buckets=4, load_id="load-0", today=date(2026, 11, 1))
    trust.view = trust.view.replacing([old])
    assert trust.load(SCHOOL, TERM, good, today=date(2026, 12, 1)).status == "unchanged"
    good[table] = good[table].iloc[1:]
    counts = trust.load(SCHOOL, TERM, good, today=date(2026, 12, 1)).counts[table]
    assert (counts["new"], counts["gone"]) == (0, 1)
    assert len(engine.build(trust.view, [TERM])) == 20


def test_duplicate_rows_in_a_file_count_once(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 20)
    good["behaviour"] = pd.concat([good["behaviour"]] * 2)
    trust.load(SCHOOL, TERM, good)
    assert len(trust.view.read("behaviour")) == len(good["behaviour"]) / 2


def test_a_correction_replaces_one_table_of_one_school_and_term(trust: Trust) -> None:
    trust.load(SCHOOL, TERM, frames(SCHOOL, TERM, 20))
    trust.load("999002", TERM, frames("999002", TERM, 20))
    before = {(f.table, f.school, f.term): f.sha256 for f in trust.view.files}
    good = frames(SCHOOL, TERM, 20)
    good["behaviour"].loc[0, "severity"] = 5
    good["behaviour"].loc[1, "severity"] = 5
    result = trust.load(SCHOOL, TERM, {"behaviour": good["behaviour"]}, today=date(2026, 12, 1))
    after = {(f.table, f.school, f.term): f.sha256 for f in trust.view.files}
    assert {key for key in after if after[key] != before[key]} == {("behaviour", SCHOOL, TERM)}
    assert result.counts["behaviour"]["new"] == result.counts["behaviour"]["gone"]


def test_a_changed_row_is_a_new_version_and_the_old_state_can_be_replayed(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 20)
    trust.load(SCHOOL, TERM, good, today=date(2026, 11, 24))
    old = trust.view.read("suspensions")
    good["suspensions"].loc[0, "sessions"] = 44
    trust.load(SCHOOL, TERM, good, today=date(2026, 12, 1))
    new = trust.view.read("suspensions")
    assert (new["sessions"] == 44).sum() == 1
    changed = new[new["sessions"] == 44].iloc[0]
    assert changed["loaded_on"] == date(2026, 12, 1)
    assert changed["known_on"] in set(old["known_on"]), "a correction keeps the day the school knew of it"
    replayed = trust.view.as_loaded(date(2026, 11, 30)).read("suspensions")
    pd.testing.assert_frame_equal(
        replayed.drop(columns="known_until").sort_values(["pupil_id", "start_date"], ignore_index=True),
        old.drop(columns="known_until").sort_values(["pupil_id", "start_date"], ignore_index=True),
    )
    assert trust.view.as_loaded(date(2026, 11, 1)).read("suspensions").empty


def test_undo_is_a_view_that_points_back(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 20)
    trust.load(SCHOOL, TERM, good)
    before = trust.view
    good["behaviour"] = good["behaviour"].iloc[:-5]
    trust.load(SCHOOL, TERM, good)
    assert len(trust.view.read("behaviour")) == len(before.read("behaviour")) - 5


def test_the_lake_holds_no_name_no_upn_and_no_birthday(trust: Trust) -> None:
    result = trust.load(SCHOOL, TERM, frames(SCHOOL, TERM, 20))
    root = trust.lake.store
    for file in result.files:
        columns = set(trust.view.replacing([file]).read(file.table) if file.table[0:5] != "audit" else [])
        assert not columns & {"upn", "surname", "forename", "dob", "admission_number", "mis_id", "sex"}
        assert [word for word in PERSONAL if says(root.read(file.path), word)] == [], file.path
    assert result.roll[0].surname == "Surname0"


def test_audit_columns_lie_apart(trust: Trust) -> None:
    trust.load(SCHOOL, TERM, frames(SCHOOL, TERM, 20))
    with pytest.raises(Refused):
        trust.view.read("audit_characteristics")
    audit = trust.view.read_audit_characteristics()
    assert len(audit) == 20
    assert {"sex", "ethnicity", "fsm", "in_care", "eal"} <= set(audit)
    assert all(f.path.startswith("audit/") == (f.table == "audit_characteristics") for f in trust.view.files)


def test_a_fifth_fewer_rows_wait_for_a_person(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 20)
    trust.load(SCHOOL, TERM, good)
    good["behaviour"] = good["behaviour"].iloc[:10]
    held = trust.load(SCHOOL, TERM, good, approved=False)
    assert held.status == "held"
    assert held.files == ()
    assert "Behaviour records: 10 rows" in held.held[0]
    assert trust.load(SCHOOL, TERM, good, approved=True).status == "loaded"


def test_behaviour_records_that_stop_wait_for_a_person(trust: Trust) -> None:
    trust.load(SCHOOL, TERM, frames(SCHOOL, TERM, 20))
    good = frames(SCHOOL, "2024-spring", 20)
    good["behaviour"] = good["behaviour"].iloc[:0]
    assert "recording stopped" in trust.load(SCHOOL, "2024-spring", good, approved=False).held[0]


@pytest.mark.parametrize(
    ("term", "says"), [(TERM, "this term's earlier file"), ("2024-spring", "the last term")]
)
def test_a_mix_of_marks_that_shifted_waits_for_a_person(trust: Trust, term: str, says: str) -> None:
    trust.load(SCHOOL, TERM, frames(SCHOOL, TERM, 20))
    good = frames(SCHOOL, term, 20)
    marks = good["attendance"]
    good["attendance"] = marks.assign(code=marks["code"].where(marks.index % 3 > 0, "I"))
    held = trust.load(SCHOOL, term, good, approved=False)
    assert held.status == "held"
    assert any("other than present" in sentence and says in sentence for sentence in held.held)


def test_marks_are_known_five_school_days_later_and_say_that_this_is_assumed(trust: Trust) -> None:
    trust.load(SCHOOL, TERM, frames(SCHOOL, TERM, 5))
    rows = trust.view.read("attendance")
    monday = rows[rows["date"] == date(2023, 9, 11)]
    assert set(monday["known_on"]) == {date(2023, 9, 18)}
    assert monday["known_assumed"].all()
    assert not trust.view.read("behaviour")["known_assumed"].any()


def test_without_a_named_term_rows_are_filed_under_the_term_they_fell_in(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 10)
    later = frames(SCHOOL, "2024-spring", 10)
    both = {
        **later,
        **{t: pd.concat([good[t], later[t]]) for t in ("attendance", "behaviour", "suspensions")},
    }
    result = trust.load(SCHOOL, None, both)  # type: ignore[arg-type]
    assert result.term == "2024-spring"
    assert trust.view.loaded("attendance") == {(SCHOOL, TERM), (SCHOOL, "2024-spring")}
    assert trust.view.loaded("pupils") == {(SCHOOL, "2024-spring")}


def test_rows_of_a_pupil_nobody_knows_are_not_loaded(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 10)
    good["behaviour"].loc[0, "upn"] = "A999999999999"
    trust.load(SCHOOL, TERM, good)
    assert len(trust.view.read("behaviour")) == len(good["behaviour"]) - 1


def test_events_tell_of_weeks_incidents_suspensions_and_sen(trust: Trust) -> None:
    result = trust.load(SCHOOL, TERM, frames(SCHOOL, TERM, 20))
    kinds = {event.kind for event in result.events}
    assert kinds == {"attendance_week", "register", "behaviour", "suspension", "sen"}
    assert {event.pupil_id for event in result.events} <= {entry.pupil_id for entry in result.roll}
    assert all("need_type" not in event.detail for event in result.events)


def test_reasons_that_allege_a_crime_are_kept_in_the_lake_and_told_nowhere(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 20)
    good["suspensions"].loc[0, ["reason1", "reason2"]] = ["DA", "DB"]
    result = trust.load(SCHOOL, TERM, good)
    told = [event.detail["reasons"] for event in result.events if event.kind == "suspension"]
    assert "DA" not in {code for codes in told for code in codes}
    assert "DA" in set(trust.view.read("suspensions")["reason1"])


def test_a_pupil_keeps_the_id_at_another_school(trust: Trust) -> None:
    good, other = frames(SCHOOL, TERM, 5), frames("999002", "2024-spring", 5)
    for frame in other.values():
        frame["upn"] = frame["upn"].replace(upn("999002", 0), upn(SCHOOL, 0))
    trust.load(SCHOOL, TERM, good)
    trust.load("999002", "2024-spring", other)
    pupils = trust.view.read("pupils")
    assert pupils.groupby("pupil_id")["school"].nunique().max() == 2
    assert KEY not in trust.lake.store.read(trust.view.files[0].path)


def test_a_status_without_a_day_is_known_from_the_day_it_was_first_loaded(trust: Trust) -> None:
    good = frames(SCHOOL, TERM, 20)
    good["suspensions"] = good["suspensions"].assign(status="issued", status_on=pd.NaT)
    trust.load(SCHOOL, TERM, good, today=date(2026, 11, 24))
    good["suspensions"].loc[0, "status"] = "cancelled"
    trust.load(SCHOOL, TERM, good, today=date(2026, 12, 1))
    again = trust.load(SCHOOL, TERM, good, today=date(2026, 12, 8))
    now = trust.view.read("suspensions")
    assert again.status == "unchanged"
    assert list(now[now["status"] == "cancelled"]["status_on"]) == [date(2026, 12, 1)]
    assert now[now["status"] == "issued"]["status_on"].isna().all()
    replayed = trust.view.as_loaded(date(2026, 11, 30)).read("suspensions")
    assert set(replayed["status"]) == {"issued"}
