"""House rule as a lint: whatever changes rows, or reads those about pupils, is given the event that tells of it.

A store's function takes the event (or the reason why there is none) in the place of a transaction, its table is
declared as leaving none, or the function is. Elsewhere rows are added and removed through an event alone.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import service
from service.core.audit import Event, record, unaudited
from service.core.permissions import NOBODY
from service.rights.tables import Base
from service.schools import SchoolRow
from tests.service.conftest import Seeded

SERVICE = Path(service.__file__).parent
FILES = [path for path in sorted(SERVICE.rglob("*.py")) if "migrations" not in path.parts]
STORES = [path for path in FILES if path.name.endswith("_store.py")]
ROWS = {mapper.class_.__name__: mapper for mapper in Base.registry.mappers}
TOLD = {name for name, mapper in ROWS.items() if not mapper.class_.no_event}
OF_PUPILS = {name for name in TOLD if "pupil_id" in ROWS[name].columns}
COLUMNS = {column.key for name in TOLD for column in ROWS[name].columns}
EVENT, REASON = {"Recorded", "Told"}, {"no_event", "unaudited"}
SQL, ORM = {"insert", "update", "delete"}, {"add", "add_all", "delete", "merge"}
THE_EVENT_ITSELF = SERVICE / "core" / "audit" / "recorded.py"


WITHOUT = {
    "accounts/account_store.py": ["touch_session", "touch_token"],
    "accounts/totp.py": ["fits"],
    "app/steps.py": ["publish_step", "rescore"],
    "lists/counts.py": ["term_counts"],
    "operations/dump_store.py": ["fill"],
    "operations/remaking.py": ["_remade"],
    "pupils/closing.py": ["close"],
    "pupils/place_store.py": ["roll_and_schools"],
    "pupils/reviews_pages.py": ["read_reviews"],
    "records/lake_store.py": ["add_problems", "clear_problems", "roll_terms", "find", "births"],
    "records/roll_store.py": ["standing_on_roll", "pupils_on_roll", "do_not_score"],
    "rights/deletion_store.py": ["close_erasures"],
    "rights/life_store.py": [
        "schools_of_pupil", "open_mark", "marks", "data_request", "data_requests", "export", "exports_expired",
        "exports_of", "aliases", "pupil_by_alias", "identifiers", "export_files",
    ],
    "scoring/publishing.py": ["publish"],
    "scoring/score_store.py": ["new_flags", "flagged_pupils"],
    "scoring/telling.py": ["_retold"],
    "support/support_store.py": ["one", "menu_use", "last_review", "known_by_account", "year_groups"],
    "uploads/commits.py": ["to_commit"],
    "uploads/loading.py": ["known_roll"],
    "uploads/receiving.py": ["queue_again"],
    "rights/correcting_store.py": ["sentences_beside"],
    "uploads/type_store.py": ["replace"],
    "uploads/upload_store.py": ["set_step"],
}  # fmt: skip
"""Every function that leaves no event by design, or reads without one; a new one is a change of this list."""


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _calls(node: ast.AST) -> Iterator[tuple[str, str, ast.Call]]:
    """Every call: its name, what it is called on in words, and itself."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            yield call.func.attr, ast.unparse(call.func.value), call
        elif isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            yield call.func.id, "", call


def _takes_event(function: ast.FunctionDef) -> bool:
    given = [*function.args.args, *function.args.kwonlyargs]
    return any(one.annotation is not None and _names(one.annotation) & EVENT for one in given)


def _marked(function: ast.FunctionDef) -> bool:
    return any(name == "no_event" for one in function.decorator_list for name, _, _ in _calls(one))


def _reached(tree: ast.Module, function: ast.FunctionDef) -> list[ast.AST]:
    """A function's body with the constants and private functions of its file that it uses, and theirs."""
    own: dict[str, ast.AST] = {one.name: one for one in _functions(tree) if one.name.startswith("_")}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            own |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
    found: list[ast.AST] = list(function.body)
    met: set[str] = set()
    while new := {name for node in found for name in _names(node)} & own.keys() - met:
        met |= new
        found += [own[name] for name in sorted(new)]
    return found


def _writes(node: ast.AST) -> bool:
    return any(
        (name in SQL and (on in ("", "into") or on.endswith("__table__")))
        or (name in ORM and on.endswith("tx"))
        for name, on, _ in _calls(node)
    )


def untold_in_store(source: str) -> list[str]:
    """Public functions of a store that change rows, or read a pupil's, without an event or a reason."""
    tree, found = ast.parse(source), []
    for function in _functions(tree):
        if function.name.startswith("_") or _takes_event(function) or _marked(function):
            continue
        reached = _reached(tree, function)
        named = {name for node in reached for name in _names(node)} & ROWS.keys()
        given = named | _names(function.args) & ROWS.keys()
        writes = any(_writes(node) for node in reached) and (not given or given & TOLD)
        if writes or named & OF_PUPILS:
            found.append(function.name)
    return found


def untold_elsewhere(source: str) -> list[str]:
    """Functions outside the stores that add or remove rows past an event, or set a row's column without one."""
    found = []
    for function in _functions(ast.parse(source)):
        told = _takes_event(function) or _marked(function)
        told |= any(name in {"record", "unaudited"} for name, _, _ in _calls(function))
        sets = {
            target.attr
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for each in node.targets
            for target in (each.elts if isinstance(each, ast.Tuple) else [each])
            if isinstance(target, ast.Attribute) and not ast.unparse(target.value).startswith("self")
        }
        if _writes(function) or (sets & COLUMNS and not told):
            found.append(function.name)
    return found


def test_every_change_and_every_reading_of_a_pupil_in_a_store_is_given_its_event() -> None:
    assert len(STORES) >= 15
    assert len(OF_PUPILS) >= 12
    untold = {
        str(path.relative_to(SERVICE)): names
        for path in STORES
        if (names := untold_in_store(path.read_text("utf-8")))
    }
    assert untold == {}


def test_rows_are_added_removed_and_changed_nowhere_else_without_one() -> None:
    untold = {
        str(path.relative_to(SERVICE)): names
        for path in FILES
        if path not in (*STORES, THE_EVENT_ITSELF) and (names := untold_elsewhere(path.read_text("utf-8")))
    }
    assert untold == {}


def test_an_event_is_made_by_the_log_alone() -> None:
    makers = {
        str(path.relative_to(SERVICE))
        for path in FILES
        for name, _, _ in _calls(ast.parse(path.read_text("utf-8")))
        if name in {"Recorded", "Unaudited"}
    }
    assert makers == {"core/audit/log.py", "core/audit/recorded.py"}


def test_whatever_leaves_no_event_says_why() -> None:
    reasons = {name: row.class_.no_event for name, row in ROWS.items() if name not in TOLD}
    found: dict[str, list[str]] = {}
    for path in FILES:
        for function in _functions(ast.parse(path.read_text("utf-8"))):
            for name, _, call in _calls(function):
                if name in REASON:
                    found.setdefault(path.relative_to(SERVICE).as_posix(), []).append(function.name)
                    reasons[f"{path} {function.name}"] = ast.literal_eval(call.args[-1])
    assert found == WITHOUT
    assert {where: why for where, why in reasons.items() if len(why) < 5} == {}


@pytest.mark.parametrize(
    "bad",
    [
        "def drop(tx: Session):\n    tx.execute(delete(NoteRow))\n",
        "def keep(tx: Session, row: NoteRow):\n    tx.add(row)\n",
        "def keep(tx: Session, rows):\n    tx.add_all(rows)\n",
        "def change(tx: Session):\n    tx.execute(update(SchoolRow).values(name=''))\n",
        "def notes(tx: Session):\n    return tx.scalars(select(NoteRow))\n",
        "NOTES = select(NoteRow)\n\ndef notes(tx: Session):\n    return tx.scalars(NOTES)\n",
        "def notes(tx: Session):\n    return _all(tx)\n\ndef _all(tx):\n    return tx.scalars(select(NoteRow))\n",
    ],
)  # fmt: skip
def test_the_lint_sees_what_a_store_does_untold(bad: str) -> None:
    assert len(untold_in_store(bad)) == 1
    assert untold_in_store(bad.replace("tx: Session", "told: Told").replace("tx.", "told.tx.")) == []
    assert untold_in_store(bad.replace("def ", "@no_event('why')\ndef ", 1)) == []


def test_the_lint_sees_what_is_done_past_the_stores() -> None:
    assert untold_elsewhere("def keep(tx, row):\n    tx.add(row)\n    caller.record(tx, Event.X)\n") == [
        "keep"
    ]
    assert untold_elsewhere("def close(row):\n    row.closed_at = now()\n") == ["close"]
    assert untold_elsewhere("def keep(tx, row):\n    caller.record(tx, Event.X).add(row)\n") == []


def test_a_table_that_is_declared_needs_none() -> None:
    assert untold_in_store("def forget(tx: Session):\n    tx.execute(delete(CounterRow))\n") == []


def test_an_event_holds_for_its_own_transaction_alone(seeded: Seeded) -> None:
    database = seeded.deployment.database
    with database.writing() as tx:
        told = record(tx, NOBODY, Event.SETTING_READ)
        row = tx.get(SchoolRow, "999001")
    assert row is not None
    with pytest.raises(RuntimeError, match="another transaction"):
        told.delete(row)
    with database.reading() as tx:
        why = unaudited(tx, "to see that it ends")
        assert why.tx is tx
        with pytest.raises(RuntimeError, match="commits"):
            record(tx, NOBODY, Event.SETTING_READ)
    with pytest.raises(RuntimeError, match="another transaction"):
        assert why.tx
