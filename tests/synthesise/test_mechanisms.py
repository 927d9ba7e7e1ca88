"""Each mechanism: its parameter, turned, changes what it should, and the rate of suspension stays in its range."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.synthesise.incidents import INTERNAL, SUSPENSION
from pipelines.synthesise.marks import ABSENT, CODE, POSSIBLE
from pipelines.synthesise.people import NEVER
from pipelines.synthesise.rates import pupil_years
from pipelines.synthesise.setting import draw_settings
from pipelines.synthesise.vocabulary import FIGHT
from pipelines.synthesise.world import World
from tests.synthesise.made import count_suspensions, days, events, histories, suspensions

DEFAULT = World()
OWN_ABSENCE = ABSENT & (np.arange(len(ABSENT)) != CODE["E"])
"""Absence that isn't a suspension."""


def marks_of(world: World, code: str) -> int:
    return sum(int((history.marks == CODE[code]).sum()) for history in histories(world))


def test_sen_is_recorded_late_and_unequally() -> None:
    people = [history.people[history.people["latent_sen"] == "K"] for history in histories(DEFAULT)]
    waits = {
        sex: np.mean([(p.loc[p["sex"] == sex, "sen_day"] < 0).mean() for p in people]) for sex in ("M", "F")
    }
    assert all(0.4 < share < 0.75 for share in waits.values())
    never = np.mean([(p["sen_day"] == NEVER).mean() for p in people])
    assert 0.07 < never < 0.22
    equal = replace(DEFAULT, sen_recorded_at_entry=0.0, sen_never_recorded=0.0)
    gap = replace(equal, sen_recording_gap={"sex:F": 3.0})

    def wait(world: World, sex: str) -> float:
        rows = [
            h.people[(h.people["latent_sen"] == "K") & (h.people["sex"] == sex)] for h in histories(world)
        ]
        return float(np.mean(np.concatenate([row["sen_day"] - row["entry"] for row in rows])))

    assert wait(gap, "F") > 1.8 * wait(gap, "M")
    assert (
        0.6
        < wait(replace(equal, sen_recording_gap={}), "F") / wait(replace(equal, sen_recording_gap={}), "M")
        < 1.6
    )


def test_need_shows_in_attendance_first_and_in_behaviour_later() -> None:
    """Need at an as-of date goes with absence now and, more than with incidents now, with incidents to come."""
    now_absent, now, later = [], [], []
    for history in histories(DEFAULT):
        state = history.states[1]
        calm = state.on_roll & (history.people["leave"].to_numpy() > state.day + 60)
        rows = history.events[(history.events["role"] == 1) & (history.events["kind"] < 19)]
        before = _counts(rows, state.day - 25, state.day, len(calm))
        after = _counts(rows, state.day + 10, state.day + 35, len(calm))
        absent = ABSENT[history.marks[:, state.day - 10 : state.day + 1]].sum(axis=(1, 2))
        change = (state.need - state.lagged)[calm]
        now_absent.append(np.corrcoef(state.need[calm], absent[calm])[0, 1])
        now.append(np.corrcoef(change, np.log1p(before[calm]))[0, 1])
        later.append(np.corrcoef(change, np.log1p(after[calm]))[0, 1])
    assert np.mean(now_absent) > 0.08
    assert np.mean(later) > np.mean(now)


def _counts(rows: object, first: int, last: int, pupils: int) -> np.ndarray:
    inside = rows[(rows["day"] > first) & (rows["day"] <= last)]  # type: ignore[index]
    return np.bincount(inside["pupil"], minlength=pupils)


def test_need_without_effect_leaves_absence_unrelated() -> None:
    world = replace(DEFAULT, need_to_attendance=0.0, suspension_to_absence=1.0)
    related = []
    for history in histories(world):
        state = history.states[1]
        share = OWN_ABSENCE[history.marks[:, state.day - 30 : state.day]].sum(axis=(1, 2))
        related.append(np.corrcoef(state.need[state.on_roll], share[state.on_roll])[0, 1])
    assert abs(np.mean(related)) < 0.08


def test_schools_differ_in_what_they_write_down() -> None:
    full = replace(DEFAULT, recording=1.0, recording_spread=0.0, recording_change=1.0)
    half = replace(full, recording=0.5)
    kept = len(events(half)) / len(events(full))
    assert 0.45 < kept < 0.70  # suspensions are always written down
    assert 0.5 < count_suspensions(half) / count_suspensions(full) < 1.1  # less on record, less escalation


def test_recording_bias_moves_subjective_records_only() -> None:
    group = {"ethnicity:White": 0.3}
    fair = replace(DEFAULT, recording_bias={})
    lean = replace(DEFAULT, recording_bias=group)

    def subjective_share(world: World, white: bool) -> float:
        rows = events(world)
        rows = rows[(rows["ethnicity_group"] == "White") == white]
        rows = rows[~rows["action"].isin([SUSPENSION, INTERNAL])]
        return float(rows["kind"].isin([0, 1, 2, 3, 6, 18]).mean())

    assert subjective_share(lean, True) < 0.6 * subjective_share(lean, False)
    assert abs(subjective_share(fair, True) - subjective_share(fair, False)) < 0.05


def test_severity_bias_writes_more_severe() -> None:
    lean = replace(DEFAULT, severity_bias={"sex:F": 0.8})
    rows = events(lean)
    means = rows.groupby("sex")["severity"].mean()
    assert means["F"] - means["M"] > 0.5
    fair = events(DEFAULT).groupby("sex")["severity"].mean()
    assert abs(fair["F"] - fair["M"]) < 0.2


def test_sanction_bias_suspends_more_for_the_same() -> None:
    lean = replace(DEFAULT, sanction_bias={"sex:F": 3.0})

    def ratio(world: World) -> float:
        rows = events(world)
        share = (rows["action"] == SUSPENSION).groupby(rows["sex"]).mean()
        return float(share["F"] / share["M"])

    assert ratio(lean) > 1.6 * ratio(DEFAULT)


def test_a_policy_changes_one_school_in_mid_history() -> None:
    strict = replace(DEFAULT, policy_change=4.0)
    changed = [h for h in histories(strict) if h.setting.policy_day < days().count]
    assert len(changed) == 1
    day = changed[0].setting.policy_day
    rows = changed[0].suspensions["start"] // 2
    before, after = (rows < day).sum() / day, (rows >= day).sum() / (days().count - day)
    assert after > 1.7 * before
    assert day == days().span(int(days().term[day]))[0]


def test_a_suspension_is_followed_by_absence() -> None:
    harm = replace(DEFAULT, suspension_to_absence=4.0)
    none = replace(DEFAULT, suspension_to_absence=1.0)
    assert _absence_after(harm) > 1.5 * _absence_after(none)


def _absence_after(world: World) -> float:
    absent = possible = 0
    for history in histories(world):
        for pupil, start, sessions in history.suspensions[["pupil", "start", "sessions"]].itertuples(
            index=False
        ):
            back = (start + sessions) // 2 + 1
            marks = history.marks[pupil, back : back + 15]
            absent += int(OWN_ABSENCE[marks].sum())
            possible += int(POSSIBLE[marks].sum())
    return absent / possible


def test_escalation_concentrates_suspensions() -> None:
    """More of them fall on pupils already suspended; the rate stays in its range."""
    flat, steep = replace(DEFAULT, escalation=0.0), replace(DEFAULT, escalation=0.8)

    def per_pupil(world: World) -> float:
        return float(suspensions(world).groupby(["urn", "pupil"]).size().mean())

    assert per_pupil(steep) > 1.15 * per_pupil(flat)
    assert 0.5 < count_suspensions(steep) / count_suspensions(flat) < 2.0


def test_support_that_works_lowers_incidents() -> None:
    strong = replace(DEFAULT, support_rate=0.2, support_effect=4.0, support_works=1.0)
    none = replace(strong, support_rate=0.0)
    assert len(events(strong)) < 0.85 * len(events(none))


def test_leaving_is_informative() -> None:
    many = replace(DEFAULT, leaving_share=0.15)
    left = [
        h.moves[h.moves["kind"].isin(["managed_move", "elective_home_education"])] for h in histories(many)
    ]
    assert sum(map(len, left)) > 60
    for history, rows in zip(histories(many), left, strict=True):
        assert (history.people["leave"].iloc[rows["pupil"]].to_numpy() == rows["start"].to_numpy()).all()
    none = replace(DEFAULT, leaving_share=0.0)
    assert not any(h.moves["kind"].isin(["managed_move"]).any() for h in histories(none))


def test_internal_suspension_replaces_suspension() -> None:
    much, none = replace(DEFAULT, internal_share=0.5), replace(DEFAULT, internal_share=0.0)
    for history in histories(much):
        inside = history.moves["kind"].eq("internal_suspension").sum()
        share = inside / (inside + len(history.suspensions))
        assert abs(share - history.setting.internal) < 0.12  # schools differ in it
    assert not any(h.moves["kind"].eq("internal_suspension").any() for h in histories(none))
    assert 0.6 < count_suspensions(much) / count_suspensions(none) < 1.6


def test_fights_end_in_several_suspensions() -> None:
    def doubles(world: World) -> int:
        rows = events(world)
        rows = rows[(rows["kind"] == FIGHT) & (rows["action"] == SUSPENSION)]
        return int((rows.groupby(["urn", "incident"]).size() > 1).sum())

    assert doubles(replace(DEFAULT, fight_partners=1.0)) > 5
    assert doubles(replace(DEFAULT, fight_partners=0.0)) == 0


def test_the_hot_lesson_is_hot() -> None:
    world = replace(DEFAULT, hot_lesson=6.0)
    for history in histories(world):
        rows = history.events[history.events["kind"] < 19]
        hot = (rows["lesson"] == history.setting.hot_lesson).mean()
        usual = np.mean(
            [(h.events["lesson"] == history.setting.hot_lesson).mean() for h in histories(DEFAULT)]
        )
        assert hot > 1.8 * usual


def test_fridays_and_terms() -> None:
    world = replace(DEFAULT, friday=3.0, term_factor=(0.2, 1.0, 1.0))
    rows = events(world)
    weekday = days().weekday[rows["day"]]
    per_day = np.bincount(weekday, minlength=5) / np.bincount(days().weekday, minlength=5)
    assert per_day[4] > 1.8 * per_day[:4].mean()
    season = np.bincount(days().season[rows["day"]], minlength=3) / np.bincount(days().season, minlength=3)
    assert season[0] < 0.4 * season[1]


@pytest.mark.parametrize(
    ("parameter", "code"), [("part_time_share", "C2"), ("off_site_share", "B"), ("dual_share", "D")]
)
def test_other_arrangements_have_their_marks(parameter: str, code: str) -> None:
    assert marks_of(replace(DEFAULT, **{parameter: 0.1}), code) > 3 * marks_of(
        replace(DEFAULT, **{parameter: 0.0}), code
    )


def test_pupils_move_inside_the_trust_and_keep_their_number() -> None:
    world = replace(DEFAULT, move_share=0.05)
    first, second = histories(world)
    both = set(first.people["upn"]) & set(second.people["upn"])
    assert len(both) > 10
    one = first.people.set_index("upn").loc[sorted(both)]
    other = second.people.set_index("upn").loc[sorted(both)]
    assert (one["dob"] == other["dob"]).all()
    overlap = np.maximum(one["entry"], other["entry"]) <= np.minimum(one["leave"], other["leave"])
    assert not overlap.any()
    assert not set(histories(replace(DEFAULT, move_share=0.0))[0].people["upn"]) & set(
        histories(replace(DEFAULT, move_share=0.0))[1].people["upn"]
    )


def test_joiners_come_and_their_past_is_unknown() -> None:
    share = [h.people["joined_late"].mean() for h in histories(replace(DEFAULT, joiner_share=0.2))]
    assert min(share) > 3 * max(
        h.people["joined_late"].mean() for h in histories(replace(DEFAULT, joiner_share=0.01))
    )


def test_a_heavy_tail_of_schools() -> None:
    drawn = draw_settings(DEFAULT, days(), schools=20, pupils=500, phase="secondary", mis=("sims",), seed=5)
    strictness = np.array([setting.strictness for setting in drawn])
    assert strictness.max() / strictness.min() > 10
    assert 0.7 < strictness.mean() < 1.4  # scaled so that the trust as a whole keeps the rate, not the mean
    flat = draw_settings(
        replace(DEFAULT, strictness_spread=0.0),
        days(),
        schools=5,
        pupils=500,
        phase="secondary",
        mis=("sims",),
        seed=5,
    )
    assert len({setting.strictness for setting in flat}) == 1


def test_a_heavy_tail_of_pupils() -> None:
    rows = [pupil_years(h, days(), DEFAULT) for h in histories(DEFAULT)]
    counts = np.concatenate([r["suspensions"] for r in rows])
    assert counts[counts > 0].mean() > 1.7
    assert counts.max() >= 6


def test_late_entries_and_cancellations() -> None:
    world = replace(DEFAULT, late_entered_share=0.5, cancelled_share=0.3, overturned_share=0.2)
    rows = suspensions(world)
    late = rows["recorded_day"] - rows["day"] >= 5
    assert 0.25 < late.mean() < 0.6
    assert {"issued", "cancelled", "overturned"} <= set(rows["status"])
    plain = suspensions(replace(DEFAULT, late_entered_share=0.0, cancelled_share=0.0, overturned_share=0.0))
    assert set(plain["status"]) == {"issued"}
    assert (plain["recorded_day"] - plain["day"]).max() <= 2
