"""A school's term in two or three whole sentences: the same season last year first, the reader's own years first."""

from collections.abc import Collection, Iterable
from statistics import median

from data_contracts import calendar
from service.setting.compared import GroupLine
from service.setting.measures import BY_NAME
from service.setting.view import GroupTable, Line, SettingView
from service.setting.weeks import most_often

STANDS_OUT = 1.25
"""A lesson stands out when it has a quarter more records than the one in the middle."""
NOTHING_LOADED = (
    "No attendance, behaviour or suspensions have been loaded for this term, so nothing is known yet."
)


def summary_lines(view: SettingView, reader_years: Collection[str] | None) -> tuple[str, ...]:
    """What a term's page says of the school before any name. `reader_years`: the year groups (`8`) of a
    reader who leads some of them, None for whoever sees the whole school."""
    if all(line.now is None for line in view.lines):
        return (NOTHING_LOADED,)
    lines = [_of_year(view, year) for year in _in_order(reader_years or ())]
    lines = [line for line in lines if line][:2]
    lines.append(_of_school(view))
    if not reader_years and (one := _year_that_moved(view)):
        lines.append(one)
    lines.append(_where_and_when(view))
    return tuple(line for line in lines if line)[:3]


def season_words(view: SettingView) -> str:
    """`summer 2025`: the term a year before."""
    term = calendar.term(view.term)
    return f"{term.season} {term.start.year - 1}"


def _in_order(years: Iterable[str]) -> list[str]:
    return sorted(years, key=lambda year: (int(year) if year.isdigit() else 0, year))


def _of_school(view: SettingView) -> str:
    return _sentence(
        view, "In the whole school", _named(view.lines, "suspensions"), _named(view.lines, "absence")
    )


def _of_year(view: SettingView, year: str) -> str:
    name = f"Year {year}" if year.isdigit() else year
    suspensions, absence = _year_line(view, "suspensions", name), _year_line(view, "absence", name)
    if suspensions is None and absence is None:
        return ""
    return _sentence(view, f"In {name}", suspensions, absence)


def _sentence(
    view: SettingView, where: str, suspensions: Line | GroupLine | None, absence: Line | GroupLine | None
) -> str:
    """One sentence of both, for every case: moved, unchanged, nothing, not known, not known a year ago."""
    since = f"since {season_words(view)}"
    first, first_compares = _suspensions(suspensions, since)
    second, second_compares = _absence(absence)
    if second_compares and not first_compares:
        second = f"{second} {since}"
    said = f"{where} {first}, {second}."
    if not first_compares and not second_compares and view.last_year is None:
        said += f" There is no {season_words(view)} to compare with."
    return said


def _suspensions(line: Line | GroupLine | None, since: str) -> tuple[str, bool]:
    """What is said of suspensions, and whether it compares: in counts where they may be told."""
    if line is None or line.now is None:
        kept_back = isinstance(line, GroupLine) and "now" in line.kept_back
        return ("suspensions are too few to be shown" if kept_back else "suspensions are not known"), False
    if line.count is not None:
        return _moved_count(line.count, line.count_last_year, since)
    digits, unit = BY_NAME["suspensions"].digits, "per 100 pupils"
    if line.last_year is None:
        return f"there were {line.now:.{digits}f} suspensions {unit}", False
    if abs(line.now - line.last_year) < BY_NAME["suspensions"].least:
        return f"suspensions are much the same {since} ({line.now:.{digits}f} {unit})", True
    way = "rose" if line.now > line.last_year else "fell"
    return f"suspensions {way} from {line.last_year:.{digits}f} to {line.now:.{digits}f} {unit} {since}", True


def _moved_count(count: int, before: int | None, since: str) -> tuple[str, bool]:
    """A change that is within the usual spread of two counts is not news."""
    if before is None:
        words = {0: "nobody was suspended", 1: "there was one suspension"}
        return words.get(count, f"there were {count} suspensions"), False
    if count == before == 0:
        return f"nobody was suspended, as in {since.removeprefix('since ')}", True
    if abs(count - before) <= max(1, (count + before) ** 0.5):
        return (
            f"suspensions are much the same {since} ({count}, {'was' if before == 1 else 'were'} {before})",
            True,
        )
    return f"suspensions {'rose' if count > before else 'fell'} from {before} to {count} {since}", True


def _absence(line: Line | GroupLine | None) -> tuple[str, bool]:
    if line is None or line.now is None:
        return "absence is not known", False
    totals = ", from totals" if isinstance(line, Line) and line.source == "totals" else ""
    if line.last_year is None:
        return f"absence is {line.now:.1f} %{totals}", False
    if abs(line.now - line.last_year) < BY_NAME["absence"].least:
        return f"absence is unchanged ({line.now:.1f} %{totals})", True
    way = "rose" if line.now > line.last_year else "fell"
    return f"absence {way} from {line.last_year:.1f} % to {line.now:.1f} %{totals}", True


def _year_that_moved(view: SettingView) -> str:
    """The year group whose suspensions moved furthest beyond the usual spread, where any did."""
    lines = _table(view.years, "suspensions").lines
    moved = [
        (abs(line.count - line.count_last_year) / (line.count + line.count_last_year) ** 0.5, line)
        for line in lines
        if line.count is not None and line.count_last_year is not None and line.count + line.count_last_year
    ]
    clear = [one for one in moved if one[0] > 2]
    if not clear:
        return ""
    line = max(clear, key=lambda one: one[0])[1]
    way = "rose" if (line.count or 0) > (line.count_last_year or 0) else "fell"
    return (
        f"{line.name} changed most: suspensions {way} from {line.count_last_year} to {line.count} "
        f"since {season_words(view)}."
    )


def _where_and_when(view: SettingView) -> str:
    """Which lesson and which hours behaviour is recorded in most, where any stands out."""
    whole = _named(view.lines, "incidents")
    if whole is None or whole.now is None:
        return "Behaviour is not known: no behaviour file has been loaded for this term."
    if whole.now == 0:
        return "No behaviour was recorded this term."
    places = [*_lessons(view), *_hours(view)]
    if not places:
        return "No lesson and no time of the week stands out in the behaviour records."
    return f"Most behaviour records: {'; '.join(places)}."


def _lessons(view: SettingView) -> list[str]:
    rates = [(line.now, line.name) for line in _table(view.groups, "incidents", "lesson").lines if line.now]
    if len(rates) < 3:
        return []
    middle = median(rate for rate, _ in rates)
    return [name for rate, name in rates[:1] if rate >= STANDS_OUT * middle]


def _hours(view: SettingView) -> list[str]:
    return [
        f"most days from {hour}" if len(days) > 2 else f"{' and '.join(days)} from {hour}"
        for hour, days in most_often(view.grid)
    ]


def _named(lines: Iterable[Line], name: str) -> Line | None:
    return next((line for line in lines if line.name == name), None)


def _table(tables: Iterable[GroupTable], measure: str, grouping: str = "year") -> GroupTable:
    return next(table for table in tables if (table.measure, table.grouping) == (measure, grouping))


def _year_line(view: SettingView, measure: str, name: str) -> GroupLine | None:
    return next((line for line in _table(view.years, measure).lines if line.name == name), None)
