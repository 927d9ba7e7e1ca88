"""Marks read once: rows that say anything, and counts of possible sessions by pupil and half-term.

A retrain reads these two and never the marks. Counts are cut by `known_by`, the first standard as-of date on
or after the day a mark was known; for any other date the same queries run over the raw marks again.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import pyarrow as pa

from data_contracts.codes import attendance_codes
from pipelines import duck
from pipelines.indicators import days

NEUTRAL_CODES = ("B", "K")  # educated elsewhere: neither in the numerator nor in the denominator of absence

EXCEPTIONS = pa.schema(
    [
        ("pupil_id", pa.string()),
        ("school", pa.string()),
        ("term", pa.string()),
        ("date", pa.date32()),
        ("session", pa.string()),
        ("code", pa.string()),
        ("category", pa.string()),
        ("known_on", pa.date32()),
    ]
)

COUNTS: dict[str, str] = {
    "marks": "TRUE",
    "possible": "possible",
    "counted": "counted",
    "absent": "absent",
    "unauthorised": "category = 'unauthorised'",
    "late": "category = 'late'",
    "suspended": "category = 'suspended'",
    "part_time": "category = 'part_time'",
    "elsewhere": "code IN ('B', 'D', 'K')",
    "after_close": "code = 'U'",
    "holiday": "code = 'G'",
    "no_reason": "code IN ('N', 'O')",
    "edge_counted": "counted AND weekday IN (1, 5)",
    "edge_absent": "absent AND weekday IN (1, 5)",
}

POSSIBLE = pa.schema(
    [
        ("pupil_id", pa.string()),
        ("school", pa.string()),
        ("term", pa.string()),
        ("half_term", pa.int32()),
        ("known_by", pa.date32()),
        *((name, pa.int32()) for name in COUNTS),
    ]
)

TOLD = """
    CREATE OR REPLACE TEMP TABLE told AS
    SELECT m.pupil_id, m.school, m.term, m.date, m.session, m.code, m.known_on, c.category, c.possible,
           c.counted, c.absent, d.weekday, d.half_term, k.known_by
    FROM marks m
    JOIN codes c ON m.code = c.code AND m.date BETWEEN c.valid_from AND c.valid_to
    JOIN days d ON m.date = d.day
    JOIN days k ON greatest(m.known_on, m.date) = k.day
"""


@lru_cache(maxsize=1)
def code_table() -> pa.Table:
    """Attendance codes as a query needs them: category, possible, and whether they count towards absence.

    `counted` marks stand in the denominator of absence: attended, or absent with or without leave. Marks the
    school itself caused (suspended, part-time, educated elsewhere) or that say nothing stand in neither.
    """
    frame = attendance_codes()
    open_ended = frame["valid_to"].isna()
    absent = frame["category"].isin(["authorised", "unauthorised"])
    attended = frame["category"].isin(["present", "late", "approved_activity"])
    return pa.table(
        {
            "code": pa.array(frame["code"].astype(str).tolist()),
            "category": pa.array(frame["category"].astype(str).tolist()),
            "possible": pa.array(frame["possible"].astype(bool).tolist()),
            "counted": pa.array(
                ((absent | attended) & ~frame["code"].isin(NEUTRAL_CODES)).astype(bool).tolist()
            ),
            "absent": pa.array(absent.astype(bool).tolist()),
            "valid_from": pa.array(_dates(frame["valid_from"], date.min), pa.date32()),
            "valid_to": pa.array(
                [
                    days.FAR if blank else _day(value)
                    for value, blank in zip(frame["valid_to"], open_ended, strict=True)
                ],
                pa.date32(),
            ),
        }
    )


def exceptions_sql() -> str:
    """Marks other than plain presence, as rows; reads the table made by TOLD."""
    columns = ", ".join(EXCEPTIONS.names)
    return f"SELECT {columns} FROM told WHERE category <> 'present'"


def possible_sql() -> str:
    """Sessions counted by pupil, school, half-term and known_by; reads the table made by TOLD."""
    counts = ", ".join(
        f"CAST(count(*) FILTER ({test}) AS INTEGER) AS {name}" for name, test in COUNTS.items()
    )
    return f"""
        SELECT pupil_id, school, term, half_term, known_by, {counts}
        FROM told GROUP BY pupil_id, school, term, half_term, known_by
    """


def lend_vocabulary(con: duck.Connection, cuts: Sequence[date] | None = None) -> None:
    """Give a connection the calendar and the codes."""
    duck.lend(con, "days", days.day_table(None if cuts is None else tuple(cuts)))
    duck.lend(con, "codes", code_table())


def reduce_marks(marks: pa.Table) -> tuple[pa.Table, pa.Table]:
    """(exceptions, possible) of one table of current marks with known_on."""
    with duck.connection("2GB") as con:
        lend_vocabulary(con)
        duck.lend(con, "marks", marks)
        con.execute(TOLD)
        exceptions = duck.query(con, exceptions_sql()).cast(EXCEPTIONS)
        possible = duck.query(con, possible_sql()).cast(POSSIBLE)
    return exceptions, possible


def _day(value: object) -> date:
    return value.date() if hasattr(value, "date") else value  # type: ignore[return-value]


def _dates(values: object, blank: date) -> list[date]:
    return [blank if value is None or value != value else _day(value) for value in values]  # type: ignore[attr-defined]
