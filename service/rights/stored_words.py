"""What earlier releases stored and this one would not: sentences about children, safeguarding categories, and types
that counted as other concerns though nobody had said so. Judged file by file; nothing is changed here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from data_contracts.codes import code_set
from data_contracts.reading.answers import CODE_SET
from data_contracts.reading.conduct import LEFT_OUT
from data_contracts.reading.narratives import tells
from data_contracts.reading.polarity import positive_types
from data_contracts.reading.safeguarding import is_concern
from data_contracts.reading.spellings import read_code

COLUMNS: dict[str, dict[str, str]] = {
    "behaviour": {"local_type": "text", "location": "text", "lesson": "text", "incident_id": "identifier"},
    "pupils": {"registration_group": "text"},
}
"""The columns of the lake that hold text as a school wrote it, and what shape it has."""
NEVER_SAID = "other_negative"


@dataclass
class Stored:
    """What stands in stored files. `new`: types nobody has answered for → rows that count as other concerns."""

    sentences: int = 0
    concerns: int = 0
    answered: int = 0
    new: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Stored") -> None:
        """Count another file's in."""
        self.sentences += other.sentences
        self.concerns += other.concerns
        self.answered += other.answered
        self.new.update(other.new)

    @property
    def to_rewrite(self) -> bool:
        """Whether a rewriting would change anything without a further answer."""
        return bool(self.sentences or self.concerns or self.answered)


def corrected(
    table: str, rows: pa.Table, given: Mapping[str, str], *, drop_new: bool = False
) -> tuple[pa.Table, Stored]:
    """A file's rows as they would be stored today, and what that changes.

    `given`: the school's answers. `drop_new`: rows of types nobody has answered for go too; else they stay.
    """
    found, kept = Stored(), np.ones(rows.num_rows, dtype=bool)
    for name, kind in COLUMNS.get(table, {}).items():
        if name not in rows.column_names or not rows.num_rows:
            continue
        texts = [text or "" for text in _plain(rows, name)]
        whole, wrong = tells(texts, kind)
        told = np.array([bool(text) and (whole or text.strip() in wrong) for text in texts], dtype=bool)
        if not told.any():
            continue
        found.sentences += int(told.sum())
        if name == "local_type":
            kept &= ~told
        else:
            rows = _set(rows, name, told, None)
    if table == "behaviour" and rows.num_rows:
        rows = _types(rows, given, kept, found, drop_new=drop_new)
    return (rows if kept.all() else rows.filter(pa.array(kept))), found


def _plain(rows: pa.Table, name: str) -> list[str | None]:
    return [None if text is None else str(text) for text in rows.column(name).to_pylist()]


def _set(rows: pa.Table, name: str, where: np.ndarray, value: object) -> pa.Table:
    """A column with one value in the places `where`."""
    column = rows.column(name)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    values = [value if there else old for there, old in zip(where, column.to_pylist(), strict=True)]
    return rows.set_column(rows.column_names.index(name), name, pa.array(values, type=kind))


def _types(
    rows: pa.Table, given: Mapping[str, str], kept: np.ndarray, found: Stored, *, drop_new: bool
) -> pa.Table:
    """The types as the school's answers have them now; `kept` and `found` are brought up to date."""
    local, types = _plain(rows, "local_type"), _plain(rows, "type")
    means = {text: read_code(CODE_SET, text, dict(given)) for text in set(local) if text}
    now = list(types)
    for place, (text, stored) in enumerate(zip(local, types, strict=True)):
        if not kept[place] or not text:
            continue
        if is_concern(text):
            kept[place] = False
            found.concerns += 1
        elif stored == NEVER_SAID and means[text] is None:
            found.new[text] += 1
            kept[place] = not drop_new
        elif stored == NEVER_SAID and means[text] != NEVER_SAID:
            found.answered += 1
            kept[place] = means[text] != LEFT_OUT
            now[place] = means[text]
    changed = np.array([a != b for a, b in zip(now, types, strict=True)], dtype=bool) & kept
    return _with_types(rows, now, changed) if changed.any() else rows


def _with_types(rows: pa.Table, now: list[str | None], changed: np.ndarray) -> pa.Table:
    """Rows with their new types; what has become praise has points above zero and no severity."""
    place = rows.column_names.index("type")
    known = code_set(CODE_SET)
    rows = rows.set_column(
        place, "type", pa.array([code if code in known else None for code in now], pa.string())
    )
    praise = changed & np.array([code in positive_types() for code in now], dtype=bool)
    rows = _set(_set(rows, "positive", praise, True), "severity", praise, None)
    points = [abs(n) if there and n is not None else n
              for there, n in zip(praise, rows.column("points").to_pylist(), strict=True)]  # fmt: skip
    return rows.set_column(
        rows.column_names.index("points"), "points", pa.array(points, rows.column("points").type)
    )
