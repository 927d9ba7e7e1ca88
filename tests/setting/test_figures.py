"""Figures published for England: read from the department's own files, refused where they are not understood."""

from datetime import date
from pathlib import Path

import pytest

from data_contracts.errors import Refused
from service.setting.published import LOADED, Published, figures_of, oldest
from service.setting.reading_figures import load_figures, show_figures

TODAY = date(2026, 11, 30)
HEAD = "time_period,time_identifier,geographic_level,country_code,country_name,education_phase"
EXCLUSIONS = f"{HEAD},headcount,perm_excl,perm_excl_rate,suspension,susp_rate,one_plus_susp_rate"
ABSENCE = f"{HEAD},enrolments,sess_possible,sess_overall,sess_overall_percent"


def row(period: str, term: str, phase: str, *values: object, level: str = "National") -> str:
    return ",".join([period, term, level, "E92000001", "England", phase, *map(str, values)])


def exclusions(period: str, term: str, phase: str, rate: object, level: str = "National") -> str:
    return row(period, term, phase, 3_500_000, 100, 0.1, 500_000, rate, 8, level=level)


def written(path: Path, *lines: str) -> Path:
    file = path / "data.csv"
    file.write_text("\ufeff" + "\n".join(lines) + "\n", "utf-8")
    return file


def test_a_termly_data_set_is_read_for_each_phase_and_term(tmp_path: Path) -> None:
    file = written(
        tmp_path, EXCLUSIONS,
        exclusions("202324", "Autumn term", "State-funded secondary", 8.19),
        exclusions("202425", "Autumn term", "State-funded secondary", 9.02),
        exclusions("202425", "Autumn term", "State-funded primary", 0.91),
        exclusions("202425", "Autumn term", "State-funded secondary", 99.0, level="Regional"),
        exclusions("202425", "Autumn term", "Total", 4.0),
        exclusions("202425", "Spring term", "State-funded secondary", "z"),
    )  # fmt: skip
    outcome = load_figures(tmp_path, file, TODAY)
    assert outcome["loaded"] == 2
    found = figures_of(tmp_path).of("secondary", "suspensions", "autumn")
    assert found == Published(
        9.02, "autumn term 2024/25",
        "DfE, Suspensions and permanent exclusions in England, autumn term 2024/25", TODAY,
    )  # fmt: skip
    packaged = figures_of(tmp_path).of("secondary", "suspensions", "spring")
    assert packaged is not None
    assert packaged.school_year == "2022/23"


def test_a_years_suspensions_stand_beside_a_term_as_a_third_and_say_so(tmp_path: Path) -> None:
    file = written(
        tmp_path, EXCLUSIONS, exclusions("202425", "Academic year", "State-funded secondary", 24.0)
    )
    load_figures(tmp_path, file, TODAY)
    found = figures_of(tmp_path).of("secondary", "suspensions", "summer")
    assert found is not None
    assert (found.value, found.period) == (8.0, "a third of the year 2024/25's 24")


def test_absence_is_read_for_all_pupils_and_by_year_group(tmp_path: Path) -> None:
    head = ABSENCE.replace(",enrolments", ",characteristic_group,characteristic,enrolments")
    file = written(
        tmp_path, head,
        row("202425", "Academic year", "State-funded secondary", "Total", "Total", 1, 1, 1, 8.6),
        row("202425", "Academic year", "State-funded secondary", "NC year", "Year 7", 1, 1, 1, 6.4),
        row("202425", "Academic year", "State-funded secondary", "Gender", "Girls", 1, 1, 1, 8.9),
    )  # fmt: skip
    assert load_figures(tmp_path, file, TODAY)["loaded"] == 2
    figures = figures_of(tmp_path)
    whole, seven = (
        figures.of("secondary", "absence", "summer"),
        figures.of("secondary", "absence", "autumn", "7"),
    )
    assert whole is not None
    assert seven is not None
    assert (whole.value, seven.value, seven.school_year) == (8.6, 6.4, "2024/25")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["a,b", "1,2"], "none of the data sets that Belong reads"),
        ([""], "none of the data sets that Belong reads"),
        ([EXCLUSIONS.replace(",susp_rate", ",rate"), exclusions("202425", "Autumn term", "Total", 1)],
         "no column susp_rate or fixed_excl_rate or sess_overall_percent"),
        ([EXCLUSIONS.replace("time_period", "year"), exclusions("202425", "Autumn term", "Total", 1)],
         "no column time_period"),
        ([EXCLUSIONS, exclusions("2024", "Autumn term", "State-funded secondary", 1)], "no school year"),
        ([EXCLUSIONS, exclusions("202429", "Autumn term", "State-funded secondary", 1)], "no school year"),
        ([EXCLUSIONS, exclusions("202425", "Autumn term", "State-funded secondary", "many")], "no number"),
        ([EXCLUSIONS, exclusions("202425", "Autumn term", "State-funded secondary", 4000)], "rate for every 100"),
        ([EXCLUSIONS, exclusions("202425", "Autumn term", "State-funded secondary", -1)], "rate for every 100"),
        ([EXCLUSIONS, exclusions("202425", "Autumn term", "State-funded secondary", "nan")], "rate for every 100"),
        ([EXCLUSIONS, exclusions("202425", "Autumn term", "State-funded secondary", 1, level="School")],
         "no national figure"),
        ([EXCLUSIONS, exclusions("202425", "Autumn term", "State-funded secondary", 1),
          exclusions("202425", "Autumn term", "State-funded secondary", 2)], "two figures for secondary"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_changes_nothing(
    tmp_path: Path, lines: list[str], why: str
) -> None:
    with pytest.raises(Refused, match=why) as refused:
        load_figures(tmp_path, written(tmp_path, *lines), TODAY)
    assert refused.value.hint
    assert not (tmp_path / LOADED).exists()


def test_a_file_that_is_no_text_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_bytes(b"PK\x03\x04\xff\xfe")
    for name in ("sheet.csv", "gone.csv"):
        with pytest.raises(Refused, match=name):
            load_figures(tmp_path, tmp_path / name, TODAY)


def test_an_older_data_set_does_not_take_the_place_of_a_newer_one(tmp_path: Path) -> None:
    newer = exclusions("202425", "Autumn term", "State-funded secondary", 9.0)
    load_figures(tmp_path, written(tmp_path, EXCLUSIONS, newer), TODAY)
    older = exclusions("202324", "Autumn term", "State-funded secondary", 8.0)
    with pytest.raises(Refused, match="nothing newer"):
        load_figures(tmp_path, written(tmp_path, EXCLUSIONS, older), TODAY)
    found = figures_of(tmp_path).of("secondary", "suspensions", "autumn")
    assert found is not None
    assert found.value == 9.0


def test_every_figure_shown_names_its_year_its_source_and_when_it_was_loaded(tmp_path: Path) -> None:
    load_figures(
        tmp_path, written(tmp_path, ABSENCE, row("202425", "Academic year", "Primary", 1, 1, 1, 5.2)), TODAY
    )
    rows = show_figures(tmp_path)
    assert all(one["period"] and one["source"] for one in rows)
    own = next(
        one
        for one in rows
        if (one["phase"], one["measure"], one["year_group"]) == ("primary", "absence", "all")
    )
    assert (own["value"], own["period"], own["loaded_on"]) == ("5.2", "2024/25", "2026-11-30")
    assert {one["loaded_on"] for one in rows} == {"2026-11-30", "with Belong"}


def test_a_figure_is_old_three_years_after_its_school_year_ended() -> None:
    figure = Published(1.0, "summer term 2022/23, worked out", "DfE")
    assert figure.school_year == "2022/23"
    assert not figure.is_old(date(2026, 8, 31))
    assert figure.is_old(date(2026, 9, 1))
    assert oldest([figure, None, Published(1.0, "2016/17", "DfE")], TODAY) == Published(1.0, "2016/17", "DfE")
    assert oldest([Published(1.0, "2024/25", "DfE"), None], TODAY) is None
