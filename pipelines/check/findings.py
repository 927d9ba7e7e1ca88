"""The findings of a check as sentences: the same for the check, the load, the page and the API.

The cause stands before what follows from it, and each sentence counts: how many rows, where, and what to do.
"""

from collections.abc import Iterable, Mapping, Sequence

from data_contracts.problems import Problem, in_reading_order

LINES_SHOWN, TYPES_SHOWN = 6, 13
_ORDER = {"file": 0, "row": 1, "warning": 2}
_KINDS = {"file": "Refused", "row": "To correct", "warning": "Please look"}
_CAUSES = frozenset({"no_pupils"})
_FOLLOWS = frozenset({"pupil_ready", "pupils_refused"})  # goes away once something else is corrected
NEW_TYPE = "type_mapped"


def rank(rule: str, severity: str) -> tuple[int, int]:
    """The place of a finding among others: what was refused first, causes before what follows from them."""
    order = _ORDER["row"] if rule in _CAUSES else _ORDER[severity]
    return order, -1 if rule in _CAUSES else 1 if rule in _FOLLOWS else 0


def findings(problems: Iterable[Problem], new_types: Mapping[str, int] | None = None) -> list[str]:
    """One sentence for each file, rule and message, and one for all types that are new."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in in_reading_order(problems):
        groups.setdefault((problem.file, problem.rule, problem.message), []).append(problem)
    said: list[tuple[tuple[int, int], str]] = []
    if new_types:
        groups = {key: group for key, group in groups.items() if key[1] != NEW_TYPE}
        said.append(((_ORDER["row"], -1), new_types_said(new_types)))
    said += [
        (rank(rule, group[0].severity), _sentence(file, group)) for (file, rule, _), group in groups.items()
    ]
    return [sentence for _, sentence in sorted(said, key=lambda pair: pair[0])]


def new_types_said(new_types: Mapping[str, int]) -> str:
    """`13 types are new, so 57 rows wait: 'Tutor Star' (3 rows), … What is each? …`"""
    count, rows = len(new_types), sum(new_types.values())
    named = [f"'{word}' ({_rows(n)})" for word, n in list(new_types.items())[:TYPES_SHOWN]]
    more = f" and {count - TYPES_SHOWN} more" if count > TYPES_SHOWN else ""
    said = "1 type is new" if count == 1 else f"{count} types are new"
    waits = "1 row waits" if rows == 1 else f"{rows:,} rows wait"
    asked = "What is it?" if count == 1 else "What is each?"
    return (
        f"{said}, so {waits}: {', '.join(named)}{more}. {asked} Answer once, on the upload's page or with: belong "
        "types set FILE. The answers are saved for the school."
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def few(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - LINES_SHOWN} more" if len(names) > LINES_SHOWN else ""
    return ", ".join(names[:LINES_SHOWN]) + more


def _sentence(file: str, group: Sequence[Problem]) -> str:
    where = sorted({problem.line for problem in group if problem.line is not None})
    columns = tuple(dict.fromkeys(problem.column for problem in group if problem.column))
    places = [f"line{'s' if len(where) > 1 else ''} {few([str(line) for line in where])}"] if where else []
    places += [f"column{'s' if len(columns) > 1 else ''} {few(columns)}"] if columns else []
    counted = f", {_rows(len(where))}" if where else ""
    place = f" ({'; '.join(places)})" if places else ""
    return f"{_KINDS[group[0].severity]}: {file}{counted}{place}: {group[0].message} {group[0].hint}"
