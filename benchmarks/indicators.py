"""Indicators from marks: Belong's way beside its rivals, each in a process of its own, in one run.

Every contestant reads the same parquet files. Figures are CPU seconds net of interpreter start and imports,
the median of three rounds in which every contestant runs once, and the highest peak of memory. `--quick`
takes 5 schools (about 5.7 M marks) in place of 50 (57 M); `--schools N` any other number (150 is 171 M marks,
840 a tenth of England). `--keep FOLDER` keeps the lake there and takes it again next time.

The rivals give 25 counts of attendance: four counters in six windows, and all marks. Belong gives all 60
indicators and what goes with them (who is scored, outcomes); "comparable" leaves out behaviour, suspensions
and SEN records, which the rivals don't read.
"""

import argparse
import importlib
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks import indicator_rivals as rivals
from benchmarks.indicator_lake import TERMS, make_lake
from benchmarks.measures import Measure, at_most, finish, measured, note, peak_megabytes
from pipelines import duck
from pipelines.indicators import batch, engine, marks, recount
from pipelines.lake import Lake, LakeView, forget
from pipelines.lake.files import read_buckets, write_file
from pipelines.lake.packs import pack_files
from pipelines.lake.view import PACK_ROWS

BUCKETS, ROUNDS = 16, 3
COUNTED = recount.COUNTED
OTHERS = ("pupils", "behaviour", "suspensions", "sen")
COMPARABLE = ("attendance", "pupils", *COUNTED)


def floor(view: LakeView) -> None:
    """Scan the same files and count by pupil and code."""
    with duck.connection("8GB") as con:
        rivals.scan(con, view)
        duck.query(con, "SELECT pupil_id, code, count(*) AS n FROM marks GROUP BY ALL")


def floor_of_a_term(view: LakeView) -> None:
    """The same scan over the last term alone."""
    floor(LakeView(view.root, view.buckets, tuple(f for f in view.files if f.term == TERMS[-1])))


def recounted(view: LakeView) -> None:
    """All marks counted anew, every school of a term into one file."""
    _recounted(view, TERMS)


def recounted_term(view: LakeView) -> None:
    """The last term's marks alone, counted the same way."""
    _recounted(view, TERMS[-1:])


def _recounted(view: LakeView, terms: tuple[str, ...]) -> None:
    forget(view.store, view.paths("attendance", terms))  # or what an earlier run counted would be taken
    whole = recount.recounted(Lake.open(view.root).view(view.files), terms)
    Path(view.root, f"kept-{len(terms)}.json").write_text(whole.as_json())


def loaded_term(view: LakeView) -> None:
    """The last term's marks as loads leave them: two small files for each school."""
    for file in view.select("attendance", TERMS[-1:]):
        rows = read_buckets(view.store, file.path, columns=("pupil_id", *engine.READ["attendance"]))
        for table, rows_kept in zip(COUNTED, marks.reduce_marks(rows), strict=True):
            key = (table, file.school, file.term)
            write_file(view.store, rows_kept, key, buckets=view.buckets, load_id="b", today=date(2026, 9, 1))


def pack(view: LakeView) -> None:
    """The small files of rolls, behaviour, suspensions and SEN in large ones: `belong indicators pack`."""
    Lake.open(view.root).pack(view)


def pack_rolls(view: LakeView) -> None:
    """The rolls alone, which is all that "comparable" needs beside marks."""
    _packed(view, ("pupils",), TERMS)


def pack_term(view: LakeView) -> None:
    """The last term's other records, as `belong indicators pack` does where the earlier terms' packs stand."""
    _packed(view, OTHERS, TERMS[-1:])


def pack_term_rolls(view: LakeView) -> None:
    """The last term's rolls alone."""
    _packed(view, ("pupils",), TERMS[-1:])


def _packed(view: LakeView, tables: tuple[str, ...], terms: tuple[str, ...]) -> None:
    for table in tables:
        for term in terms:
            pack_files(view.store, view.select(table, (term,)), (), view.buckets, PACK_ROWS)


def raw_view(lake: Path) -> LakeView:
    """The view of a lake whose marks are not counted and whose small files are not packed."""
    return LakeView.from_json((lake / "manifest.json").read_text(), root=str(lake))


def kept_view(lake: Path) -> LakeView:
    """The view with what `recounted` kept, and its packs."""
    return LakeView.from_json((lake / f"kept-{len(TERMS)}.json").read_text(), root=str(lake))


def _comparable(view: LakeView) -> LakeView:
    return replace(view, files=tuple(file for file in view.files if file.table in COMPARABLE))


def rebuild(view: LakeView) -> None:
    """All indicators at nine term-ends from the kept counts and the other records: the whole matrix."""
    engine.build(view, TERMS)


def rebuild_comparable(view: LakeView) -> None:
    """The same from attendance and rolls alone."""
    engine.build(_comparable(view), TERMS)


def files(view: LakeView) -> None:
    """The same written as parquet, a file a term, as `belong indicators build` does: nobody holds it all."""
    batch.build_files(view, TERMS, str(Path(view.root, "matrix")))


def next_term(view: LakeView) -> None:
    """All indicators at the last term-end."""
    engine.build(view, TERMS[-1:])


def next_term_comparable(view: LakeView) -> None:
    """The same from attendance and rolls alone."""
    engine.build(_comparable(view), TERMS[-1:])


CONTESTANTS: dict[str, Callable[[LakeView], None]] = {
    function.__name__: function
    for function in (
        floor, floor_of_a_term, pack_rolls, pack, recounted, rebuild_comparable, rebuild, files,
        pack_term_rolls, pack_term, recounted_term, next_term_comparable, next_term, loaded_term,
        rivals.buckets_alone, rivals.one_query, rivals.polars_streaming, rivals.pandas_frames,
    )
}  # fmt: skip
FROM_COUNTS = {"rebuild_comparable", "rebuild", "files", "next_term_comparable", "next_term"}
HEAVY = {"polars_streaming": "polars", "pandas_frames": "pandas"}


def alone(name: str, lake: Path) -> None:
    """Run one contestant in this process and print its cost."""
    view = kept_view(lake) if name in FROM_COUNTS else raw_view(lake)
    importlib.import_module(HEAVY.get(name, "duckdb"))
    with measured() as cost:
        CONTESTANTS[name](view)
    print(json.dumps({"cpu": cost.cpu, "wall": cost.wall, "peak": peak_megabytes()}))


def run(name: str, lake: Path) -> dict[str, float]:
    """The cost of one contestant in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.indicators", "--only", name, "--lake", str(lake)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


RATIOS: tuple[tuple[str, tuple[str, ...], str, float], ...] = (
    ("25 comparable: all from marks", ("recounted", "pack_rolls", "rebuild_comparable"), "floor", 6),
    ("25 comparable: from kept counts", ("rebuild_comparable",), "floor", 2.5),
    (
        "25 comparable: one more term",
        ("recounted_term", "pack_term_rolls", "next_term_comparable"),
        "floor_of_a_term",
        3,
    ),
    ("all 60: all from marks", ("recounted", "pack", "rebuild"), "floor", 6),
    ("all 60: from kept counts", ("rebuild",), "floor", 2.5),
    ("all 60: one more term", ("recounted_term", "pack_term", "next_term"), "floor_of_a_term", 3),
)
"""What is judged: the sum of some contestants' CPU over a floor's, and the most it should be."""


def judged(rounds: list[dict[str, dict[str, float]]], rows: int) -> dict[str, Measure]:
    """The figures against what is aimed at, as far as their contestants ran.

    A ratio is taken within a round, where the machine was as fast for one contestant as for the next, and the
    median of the rounds is judged.
    """
    ran = rounds[0].keys()

    def times(parts: tuple[str, ...], base: str) -> float:
        return statistics.median(sum(one[name]["cpu"] for name in parts) / one[base]["cpu"] for one in rounds)

    measures = {"marks": note(float(rows), "rows read"), "rounds": note(float(len(rounds)))}
    for text, parts, base, limit in RATIOS:
        if {*parts, base} <= ran:
            measures[f"{text}, times the {base.replace('_', ' ')}"] = at_most(times(parts, base), limit, "×")
    peaks = {name: max(one[name]["peak"] for one in rounds) for name in ran}
    if "files" in ran:
        peak = max(peaks[name] for name in ("recounted", "pack", "files") if name in ran)
        measures["peak memory of a worker, MB"] = at_most(peak, 500, "MB")
    for name in ran:
        measures[f"{name}, CPU s"] = note(statistics.median(one[name]["cpu"] for one in rounds))
        measures[f"{name}, times the floor"] = note(times((name,), "floor"))
        measures[f"{name}, peak MB"] = note(peaks[name])
    return measures


def main() -> None:
    """Make a lake, run every contestant, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5 schools, one round")
    parser.add_argument("--json", action="store_true", help="print only the closing JSON line")
    parser.add_argument("--schools", type=int, help="how many schools of 1,000 pupils")
    parser.add_argument("--buckets", type=int, default=BUCKETS, help="pupil buckets of the lake")
    parser.add_argument("--rounds", type=int, help="how often every contestant runs, one after another")
    parser.add_argument("--without", nargs="*", default=[], help="contestants to leave out")
    parser.add_argument("--keep", type=Path, help="a folder for the lake, kept and taken again")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--lake", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.only:
        alone(chosen.only, chosen.lake)
        return
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="belong-indicators-"))
    try:
        _contest(chosen, folder)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)


def _contest(chosen: argparse.Namespace, folder: Path) -> None:
    def told(text: str, done: int, of: int) -> None:
        print(f"{text}: {done} of {of}", file=sys.stderr)

    view = make_lake(folder, chosen.schools or (5 if chosen.quick else 50), chosen.buckets, told)
    names = [name for name in CONTESTANTS if name not in chosen.without and _installed(name)]
    rounds, wanted = [], chosen.rounds or (1 if chosen.quick else ROUNDS)
    for number in range(wanted):
        rounds.append({name: run(name, folder) for name in names})
        told("Rounds", number + 1, wanted)
    finish(judged(rounds, sum(file.rows for file in view.select("attendance"))), only_json=chosen.json)


def _installed(name: str) -> bool:
    return importlib.util.find_spec(HEAVY.get(name, "duckdb")) is not None


if __name__ == "__main__":
    main()
