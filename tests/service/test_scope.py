"""What stands at another school changes no answer about one's own, and is changed by nothing done there.

Every reader of the stores is asked about one school, then every row of that school is written a second time as
another school's (the same pupils, terms, ids of uploads and loads where the database lets them be), and it is asked
again: the answer must be the same. What changes rows must leave those of the other school as they are.
"""

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, is_dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, PrimaryKeyConstraint, Row, Table, UniqueConstraint, func, insert, select
from sqlalchemy import inspect as sql_inspect
from sqlalchemy.orm import DeclarativeBase

import service
from service.core.base import now
from service.core.engine import Transaction
from service.records.pupil_rows import TimelineRow
from service.rights.tables import metadata
from service.scoring import score_store
from service.support import support_store
from service.support.support_rows import NoteRow, SupportRow
from testbed.seeds import OWN, TERM, Seeded
from tests.service.conftest import copied

TWIN = "999009"
NOT_TWINNED = {"school", "audit", "job", "account", "token", "session", "invitation"}
"""Tables that say who there is, or that hold no school's records."""
CHANGING = {
    "clear_problems", "replace_rows", "close_erasures", "strike", "blank_scores", "drop_aliases_of_nobody",
    "drop_before", "drop_problems_of_nothing", "drop_terms", "erase_pupil", "rehash_aliases", "retire",
    "replace_facts", "set_step", "add_erasure",
}  # fmt: skip
CHANGES_NOTHING_HERE: set[str] = set()
EMPTY: set[str] = set()
MOST_WITHOUT = 14
"""Readers that find nothing in the seeded school even so: no upload waits, no review was kept …"""
OTHERWISE = {
    "live_view": "the lake's view of live_rows",
    "since": "made of _stood, _loads and _extracts, which are asked",
    "in_turn": "asks for a turn and reads nothing",
    "loaded_terms": "takes its schools one by one; asked below",
}


def stores() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of a store that is told a school."""
    for path in sorted(Path(service.__file__).parent.glob("*/*_store.py")):
        if path.parent.name == "operations":
            continue  # backups hold all schools
        module = importlib.import_module(f"service.{path.parent.name}.{path.stem}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            known = inspect.signature(function).parameters
            own = function.__module__ == module.__name__ and "tx" in known
            if own and {"school", "schools"} & set(known) and name not in OTHERWISE:
                yield f"{path.stem}.{name}", function


ALL = dict(stores())
READING = sorted(name for name in ALL if name.rpartition(".")[2] not in CHANGING)
WRITING = sorted(set(ALL) - set(READING))


def arguments(function: Callable[..., Any], seeded: Seeded, tx: Transaction) -> dict[str, Any]:
    """Every argument by its name, about the own school."""
    ids, later = seeded.ids(OWN), now() + timedelta(days=400)
    live = score_store.publication(tx, OWN, TERM)
    assert live is not None
    pupils = [seeded.pupil[OWN], seeded.unspoken[OWN]]
    known: dict[str, Any] = {
        **ids, "schools": {OWN}, "pupils": pupils, "pupil_ids": pupils, "urns": {OWN}, "terms": {TERM},
        "upload_ids": [ids["upload_id"]], "publication": live, "publication_id": live.id, "kind": NoteRow,
        "row_id": ids["support_id"], "subject": pupils[0], "day": date(2030, 1, 1), "before": later,
        "at": now() - timedelta(days=400), "then": live, "others": {OWN}, "table": metadata.tables["support_decision"],
        "live": True, "open_only": True, "sentence": "Taken out.", "column": "at", "moment": later, "step": "x",
        "ids": everything_of(tx, "deletion") + everything_of(tx, "erasure"), "new": {}, "facts": [], "rows": [],
    }  # fmt: skip
    if function.__name__ == "replace_rows":
        known["kind"] = TimelineRow
    elif function.__name__ == "one":
        known["kind"] = SupportRow
    wanted = inspect.signature(function).parameters
    needed = {name for name, one in wanted.items() if one.default is one.empty} | (
        set(wanted) & {"upload_id"}
    )
    return {name: known[name] for name in needed - {"tx"}}


def everything_of(tx: Transaction, table: str) -> list[Any]:
    return list(tx.scalars(select(metadata.tables[table].c.id)))


def plain(value: Any) -> Any:
    """An answer as values that can be compared."""
    if isinstance(value, DeclarativeBase):
        return {one.key: plain(getattr(value, one.key)) for one in sql_inspect(type(value)).column_attrs}
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, support_store.Written):
        return plain(vars(value))
    if isinstance(value, Row):
        return plain(tuple(value))
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(str(plain(one)) for one in value)
    return value if value is None or isinstance(value, bool | int | float | datetime | date) else str(value)


def plant(tx: Transaction) -> None:
    """A row where the own school has none, and the rows of nobody that are swept up."""
    for table in twinned():
        if tx.scalar(select(func.count()).select_from(table).where(table.c.school == OWN)) == 0:
            tx.execute(insert(table).values(**_filled(table)))
    alias, problem = metadata.tables["alias"], metadata.tables["problem"]
    tx.execute(insert(alias).values(**{**_filled(alias), "pupil_id": "nobody"}))
    tx.execute(insert(problem).values(**{**_filled(problem), "upload_id": None, "load_id": None}))


def _filled(table: Table) -> dict[str, Any]:
    plainly: dict[type, Any] = {
        str: "x",
        int: 1,
        float: 1.0,
        bool: False,
        datetime: now(),
        date: date(2026, 6, 1),
    }
    made = {
        column.name: plainly.get(_kind(column), [])
        for column in table.c
        if not column.nullable and not (column.primary_key and _kind(column) is int)
    }
    return {**made, "school": OWN}


def _kind(column: Column[Any]) -> type:
    return getattr(column.type, "impl", column.type).python_type  # type: ignore[no-any-return]


def twinned() -> list[Table]:
    """The tables that hold records of schools."""
    return [one for one in metadata.sorted_tables if "school" in one.c and one.name not in NOT_TWINNED]


def twin(tx: Transaction) -> int:
    """Write every row of the own school once more as the twin's."""
    made = 0
    for table in twinned():
        for row in list(tx.execute(select(table).where(table.c.school == OWN)).mappings()):
            made += 1
            tx.execute(insert(table).values(**_as_twin(table, dict(row))))
    tx.flush()
    tx.expire_all()
    return made


def _as_twin(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row with another school, and other keys where the database asks for it."""
    row["school"] = TWIN
    for name in _keys(table):
        if isinstance(row[name], int):
            del row[name]
        elif isinstance(row[name], str):
            row[name] = f"t{row[name][1:]}"
    return row


def _keys(table: Table) -> set[str]:
    """Of each unique key without a school, the first column that isn't the pupil."""
    keys = [
        list(one.columns)
        for one in table.constraints
        if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)
    ]
    keys += [list(index.columns) for index in table.indexes if index.unique]
    keys += [[column] for column in table.c if column.unique]
    apart = [[column.name for column in key if column.name != "pupil_id"] for key in keys]
    return {key[0] for key in apart if key and "school" not in key}


def rows_of(tx: Transaction, school: str) -> dict[str, list[str]]:
    """Every row of a school."""
    tx.flush()
    return {
        table.name: sorted(
            str(tuple(row)) for row in tx.execute(select(table).where(table.c.school == school))
        )
        for table in twinned()
    }


@dataclass(frozen=True)
class Twins:
    """The own school's answers before the other school's rows came, and the transaction that holds both."""

    seeded: Seeded
    tx: Transaction
    before: dict[str, Any]
    made: int


@pytest.fixture(scope="module")
def twins(template: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    with copied(template, tmp_path_factory.mktemp("twins") / "home") as deployment:
        seeded = replace(template, deployment=deployment)
        with deployment.database.writing({OWN, TWIN}) as tx:
            plant(tx)
            before = {name: plain(ALL[name](tx, **arguments(ALL[name], seeded, tx))) for name in READING}
            yield Twins(seeded, tx, before, twin(tx))
            tx.rollback()


def test_there_is_something_to_find(twins: Twins) -> None:
    assert len(READING) > 60
    assert {name.rpartition(".")[2] for name in WRITING} == CHANGING
    assert twins.made > 100
    assert {name for name, rows in rows_of(twins.tx, TWIN).items() if not rows} == EMPTY
    assert sum(bool(answer) for answer in twins.before.values()) >= len(READING) - MOST_WITHOUT


@pytest.mark.parametrize("name", READING)
def test_another_schools_rows_change_no_answer(name: str, twins: Twins) -> None:
    given = arguments(ALL[name], twins.seeded, twins.tx)
    assert plain(ALL[name](twins.tx, **given)) == twins.before[name]


@pytest.mark.parametrize("name", WRITING)
def test_what_is_changed_at_one_school_stays_at_another(name: str, twins: Twins) -> None:
    before = rows_of(twins.tx, TWIN), rows_of(twins.tx, OWN)
    with twins.tx.begin_nested() as tried:
        ALL[name](twins.tx, **arguments(ALL[name], twins.seeded, twins.tx))
        after = rows_of(twins.tx, TWIN), rows_of(twins.tx, OWN)
        tried.rollback()
    twins.tx.expire_all()
    assert after[0] == before[0]
    assert (after[1] != before[1]) == (name.rpartition(".")[2] not in CHANGES_NOTHING_HERE)
