"""The school in two or three sentences: whole for every case, the same season last year first."""

import pytest

from service.setting.compared import indexed
from service.setting.facts import Fact
from service.setting.published import Figures
from service.setting.setting_rows import SettingFactRow
from service.setting.small_numbers import NOBODY, Sight
from service.setting.standing_out import standing_out
from service.setting.summary import NOTHING_LOADED, summary_lines
from service.setting.view import SettingView, _Place, _view
from service.setting.words import share_words

TERM, LAST_YEAR, BEFORE = "2026-summer", "2025-summer", "2026-spring"
EVERYBODY = Sight(everybody=True)


def made(facts: dict[str, list[Fact]], sight: Sight = EVERYBODY) -> SettingView:
    rows = [
        SettingFactRow(
            school="999123", term=term, measure=f.measure, grouping=f.grouping, name=f.name, amount=f.amount,
            base=f.base, pupils=f.pupils, source=f.source,
        )
        for term, told in facts.items()
        for f in told
    ]  # fmt: skip
    place = _Place("999123", "Invented School", TERM, "secondary", Figures({}))
    return _view(place, indexed(rows), {}, sight)


def suspended(count: int, year: str = "", pupils: int = 30) -> Fact:
    group = ("year", year) if year else ("all", "Everyone")
    return Fact("suspensions", *group, count, 100, min(count, pupils))


def absent(percent: float, year: str = "", source: str = "marks") -> Fact:
    group = ("year", year) if year else ("all", "Everyone")
    return Fact("absence", *group, percent, 100, 50, source)


NOBODY_BEHAVED = Fact("incidents", "all", "Everyone", 0, 100, 0)


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ([suspended(9), absent(7.9)], [suspended(2), absent(7.7)],
         "suspensions rose from 2 to 9 since summer 2025, absence is unchanged (7.9 %)."),
        ([suspended(2), absent(7.9)], [suspended(9), absent(9.9)],
         "suspensions fell from 9 to 2 since summer 2025, absence fell from 9.9 % to 7.9 %."),
        ([suspended(31), absent(9.0)], [suspended(33), absent(8.0)],
         "suspensions are much the same since summer 2025 (31, were 33), absence rose from 8.0 % to 9.0 %."),
        ([suspended(1), absent(7.9)], [suspended(1), absent(7.9)],
         "suspensions are much the same since summer 2025 (1, was 1), absence is unchanged (7.9 %)."),
        ([suspended(0), absent(7.9)], [suspended(0), absent(7.9)],
         "nobody was suspended, as in summer 2025, absence is unchanged (7.9 %)."),
        ([suspended(0), absent(7.9)], [],
         "nobody was suspended, absence is 7.9 %. There is no summer 2025 to compare with."),
        ([suspended(1), absent(7.9)], [],
         "there was one suspension, absence is 7.9 %. There is no summer 2025 to compare with."),
        ([suspended(5), absent(7.9)], [absent(7.9)],
         "there were 5 suspensions, absence is unchanged (7.9 %) since summer 2025."),
        ([absent(7.9)], [suspended(5), absent(9.9)],
         "suspensions are not known, absence fell from 9.9 % to 7.9 % since summer 2025."),
        ([suspended(9)], [suspended(2)],
         "suspensions rose from 2 to 9 since summer 2025, absence is not known."),
        ([suspended(9), absent(30.0, source="totals")], [suspended(9), absent(20.0)],
         "suspensions are much the same since summer 2025 (9, were 9), "
         "absence rose from 20.0 % to 30.0 %, from totals."),
    ],
)  # fmt: skip
def test_each_case_is_a_whole_sentence(now: list[Fact], then: list[Fact], said: str) -> None:
    view = made({TERM: [*now, NOBODY_BEHAVED], LAST_YEAR: then})
    assert summary_lines(view, None) == (
        f"In the whole school {said}", "No behaviour was recorded this term.",
    )  # fmt: skip


def test_what_spring_was_is_no_news_in_summer() -> None:
    view = made({TERM: [suspended(30), absent(20)], BEFORE: [suspended(3), absent(5)],
                 LAST_YEAR: [suspended(30), absent(20)]})  # fmt: skip
    assert "much the same" in summary_lines(view, None)[0]
    assert "3 " not in " ".join(summary_lines(view, None))
    assert standing_out(view) == ()


def test_a_head_of_year_reads_the_own_year_first() -> None:
    now = [suspended(20), absent(9), suspended(9, "Year 8"), absent(7.9, "Year 8"), suspended(11, "Year 9")]
    then = [suspended(20), absent(9), suspended(2, "Year 8"), absent(7.9, "Year 8"), suspended(18, "Year 9")]
    view = made({TERM: now, LAST_YEAR: then}, Sight(years=frozenset({"Year 8"})))
    lines = summary_lines(view, frozenset({"8"}))
    assert lines[0] == (
        "In Year 8 suspensions rose from 2 to 9 since summer 2025, absence is unchanged (7.9 %)."
    )
    assert lines[1].startswith(
        "In the whole school suspensions are much the same since summer 2025 (20.0 per"
    )
    assert len(lines) == 3
    assert not [line for line in lines if "Year 9" in line]


def test_whoever_sees_no_counts_reads_rates_and_no_year_group() -> None:
    now = [suspended(20), absent(9), suspended(9, "Year 8"), NOBODY_BEHAVED]
    then = [suspended(10), absent(9), suspended(1, "Year 8")]
    lines = summary_lines(made({TERM: now, LAST_YEAR: then}, NOBODY), None)
    assert lines[0] == (
        "In the whole school suspensions rose from 10.0 to 20.0 per 100 pupils since summer 2025, "
        "absence is unchanged (9.0 %)."
    )
    assert "Year 8" not in " ".join(lines)


def test_a_lead_reads_which_year_group_changed_beyond_chance() -> None:
    now = [suspended(40), absent(9), suspended(30, "Year 8"), suspended(10, "Year 9"), NOBODY_BEHAVED]
    then = [suspended(18), absent(9), suspended(10, "Year 8"), suspended(8, "Year 9")]
    lines = summary_lines(made({TERM: now, LAST_YEAR: then}), None)
    assert lines[1] == "Year 8 changed most: suspensions rose from 10 to 30 since summer 2025."


def test_what_no_term_marked_is_not_known_and_a_lesson_without_a_record_has_none() -> None:
    leave = Fact("absence", "study_leave", "Year 11", 24, 100, 20, "marks")
    now = [absent(10), leave, *behaviour(Maths=60, Art=30)]
    view = made({TERM: now, BEFORE: [absent(9), *behaviour(Maths=50)]})
    (apart,) = view.study_leave
    assert (apart.now, apart.before, apart.last_year) == (24.0, None, None)
    art = next(line for line in view.groups[0].lines if line.name == "Art")
    assert (art.now, art.before, art.last_year) == (30.0, 0.0, None)


def behaviour(**lessons: int) -> list[Fact]:
    whole = Fact("incidents", "all", "Everyone", sum(lessons.values()), 100, 50)
    return [whole, *(Fact("incidents", "lesson", name, n, 100, 20) for name, n in lessons.items())]


def cells(high: dict[str, int]) -> list[Fact]:
    names = [f"{day} {hour}" for day in ("Monday", "Tuesday", "Wednesday") for hour in ("09:00", "14:00")]
    return [Fact("incidents", "weekday_hour", name, high.get(name, 20), 100, 15) for name in names]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (behaviour(Maths=60, Art=30, French=28), "Most behaviour records: Maths."),
        (behaviour(Maths=31, Art=30, French=28),
         "No lesson and no time of the week stands out in the behaviour records."),
        ([*behaviour(Maths=60, Art=30, French=28), *cells({"Tuesday 14:00": 80, "Wednesday 14:00": 80})],
         "Most behaviour records: Maths; Tuesday and Wednesday from 14:00."),
        ([*behaviour(Maths=31, Art=30, French=28), *cells({"Tuesday 14:00": 90})],
         "Most behaviour records: Tuesday from 14:00."),
        ([], "Behaviour is not known: no behaviour file has been loaded for this term."),
    ],
)  # fmt: skip
def test_where_and_when_behaviour_is_recorded(facts: list[Fact], said: str) -> None:
    assert summary_lines(made({TERM: [suspended(9), *facts]}), None)[-1] == said


def test_nothing_loaded_is_one_sentence() -> None:
    assert summary_lines(made({}), None) == (NOTHING_LOADED,)


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.01, "Almost none"), (0.2, "About a fifth"), (0.25, "About a quarter"), (0.35, "About a third"),
     (0.5, "About half"), (0.66, "About two thirds"), (0.95, "Almost all")],
)  # fmt: skip
def test_how_much_is_the_place_is_said_in_words(share: float, said: str) -> None:
    words = share_words({"share": share, "expected": 5, "elsewhere": 5})
    assert words == f"{said} of the difference comes from the school and year group, not the pupil."
