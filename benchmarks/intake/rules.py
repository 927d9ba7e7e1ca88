"""One term of 1,000 pupils against its contracts: Great Expectations beside plain pandas and plain DuckDB.

All three get the same canonical frames and look for the same rows; the run fails its own measure when they
disagree. Reading the files and importing Great Expectations are told apart from checking.
"""

import tempfile
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.measures import Measure, at_most, measured, note, peak_megabytes
from data_contracts.calendar import Term, calendar_frame, term
from data_contracts.checking import check_table, gather, with_facts
from data_contracts.codes import attendance_codes
from data_contracts.context import Context
from data_contracts.contract import load_contract
from data_contracts.reading.extract import Extract
from data_contracts.reading.read import read_extract
from pipelines.check import check
from pipelines.synthesise import synthesise

TODAY = date(2026, 11, 24)
TERM = "2026-spring"


def _plant(marks: pd.DataFrame, rows: int) -> pd.DataFrame:
    """A few rows that break rules, so that the three ways have something to agree about."""
    spoilt = marks.copy()
    places = np.linspace(10, len(spoilt) - 10, rows).astype(int)
    spoilt.loc[spoilt.index[places[0::4]], "code"] = "%"
    spoilt.loc[spoilt.index[places[1::4]], "date"] = pd.Timestamp("2026-12-25")
    spoilt.loc[spoilt.index[places[2::4]], "code"] = "J"
    spoilt.loc[spoilt.index[places[3::4]], "session"] = "P4"
    return spoilt


def _in_pandas(marks: pd.DataFrame, roll: pd.DataFrame, about: Term) -> set[int]:
    """The same row rules in plain pandas; the lines that break one."""
    codes = attendance_codes()
    spans = roll[["upn", "entry_date", "leaving_date"]]
    joined = marks.merge(codes[["code", "valid_from", "valid_to"]], on="code", how="left")
    joined = joined.merge(spans, on="upn", how="left", indicator=True)
    closed = joined["code"].isin(["#", "Z"])
    bad = joined["date"].isna() | ~joined["session"].isin(["AM", "PM"]) | joined["valid_from"].isna()
    bad |= (joined["date"] < joined["valid_from"]) | (joined["date"] > joined["valid_to"])
    bad |= (joined["date"] > pd.Timestamp(TODAY)) & ~closed
    bad |= ~joined["date"].between(pd.Timestamp(about.start), pd.Timestamp(about.end)) & ~closed
    bad |= joined["_merge"] == "left_only"
    bad |= ((joined["date"] < joined["entry_date"]) | (joined["date"] > joined["leaving_date"])) & ~closed
    bad |= joined.duplicated(["upn", "date", "session"])
    return set(np.flatnonzero(bad))


_SQL = """
with numbered as (select *, row_number() over () - 1 as place from marks),
ranked as (
  select n.*, row_number() over (partition by upn, date, session order by place) as turn from numbered n)
select place from ranked r
left join codes c on r.code = c.code
left join roll p on r.upn = p.upn
where r.date is null or r.session not in ('AM', 'PM') or c.code is null
  or r.date < c.valid_from or r.date > c.valid_to
  or (r.code not in ('#', 'Z') and (r.date > $today or r.date < $first or r.date > $last
      or r.date < p.entry_date or r.date > p.leaving_date))
  or p.upn is null or r.turn > 1
"""


def _in_duckdb(marks: pd.DataFrame, roll: pd.DataFrame, about: Term) -> set[int]:
    """The same row rules in one SQL query; the rows that break one."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register("marks", marks[["upn", "date", "session", "code"]])
        connection.register("codes", attendance_codes()[["code", "valid_from", "valid_to"]])
        connection.register("roll", roll[["upn", "entry_date", "leaving_date"]])
        found = connection.execute(_SQL, {"today": TODAY, "first": about.start, "last": about.end}).fetchall()
    return {int(place) for (place,) in found}


def _extracts(folder: Path) -> dict[str, list[Extract]]:
    found: dict[str, list[Extract]] = {}
    for path in sorted(folder.iterdir()):
        for extract in read_extract(path):
            found.setdefault(extract.table, []).append(extract)
    return found


def _compare(folder: Path) -> dict[str, Measure]:
    about = term(TERM)
    with measured() as reading:
        extracts = _extracts(folder)
    with measured() as importing:
        from data_contracts import expectations
    pupils = extracts.pop("pupils")
    roll_rows = gather(pupils, None)
    roll = check_table(pupils, roll_rows, Context(TODAY, term=about)).good
    expectations.suite(load_contract("attendance"))
    marks = _plant(gather(extracts["attendance"], roll_rows, roll), 40)
    frames = {name: gather(found, roll_rows, roll) for name, found in extracts.items()}
    frames["attendance"] = marks
    context = Context(TODAY, term=about, roll=roll, tables=frames)
    calendar_frame()
    with measured() as facts:
        prepared = with_facts(marks, load_contract("attendance"), context)
    with measured() as suite:
        expectations.run(load_contract("attendance"), prepared)
    ready = {name: with_facts(frame, load_contract(name), context) for name, frame in frames.items()}
    with measured() as every:
        for name, frame in ready.items():
            expectations.run(load_contract(name), frame, every=True)
    del ready
    with measured() as checking:
        results = {name: check_table(extracts[name], frames[name], context) for name in extracts}
    with measured() as in_pandas:
        by_pandas = _in_pandas(marks, roll, about)
    with measured() as in_duckdb:
        by_duckdb = _in_duckdb(marks, roll, about)
    kept = set(zip(results["attendance"].good["_line"], results["attendance"].good["session"], strict=True))
    ours = {n for n, row in enumerate(zip(marks["_line"], marks["session"], strict=True)) if row not in kept}
    asked = sum(len(load_contract(name).rules) for name in extracts)
    agree = by_pandas == by_duckdb == ours
    return {
        "rules: marks": note(len(marks), "rows"),
        "rules: in the tables, pupils apart": note(asked, "26 or more"),
        "rules: cpu s reading the set": note(reading.cpu),
        "rules: cpu s importing Great Expectations": note(importing.cpu, "once a process"),
        "rules: cpu s facts of the marks": note(facts.cpu),
        "rules: cpu s suite over the marks": note(suite.cpu),
        "rules: cpu s each rule of all tables by Great Expectations": at_most(every.cpu, 1.5, "s"),
        "rules: cpu s check of all tables, facts and problems too": at_most(checking.cpu, 1.5, "s"),
        "rules: cpu s marks by plain pandas": note(in_pandas.cpu),
        "rules: cpu s marks by plain DuckDB": note(in_duckdb.cpu),
        "rules: all three name the same rows": Measure("yes" if agree else "no", "yes", agree),
    }


def measures(*, quick: bool) -> dict[str, Measure]:
    """One term of 1,000 pupils (200 in the quick form) of a made-up school."""
    with tempfile.TemporaryDirectory() as folder:
        trust = Path(folder)
        synthesise(trust, schools=1, pupils=200 if quick else 1000, years=1, mis=("arbor",), seed=11)
        extracts = trust / "999001" / TERM
        found = _compare(extracts)
        with measured() as journey:
            check([extracts], today=TODAY)
        found["rules: cpu s the whole check journey"] = note(journey.cpu, "read, resolve, check, report")
        found["rules: peak MB"] = at_most(peak_megabytes(), 500, "MB")
    return found
