"""Files of the lake rewritten without a pupil, or dropped; their bytes go once nothing names them."""

from collections.abc import Collection
from dataclasses import replace

import pyarrow.compute as pc

from pipelines.lake import LakeFile
from pipelines.lake.files import bucket_of, read_buckets, write_file
from service.core.audit import Recorded
from service.core.callers import Caller
from service.records import lake_store
from service.rights import life_store


def without_pupil(caller: Caller, told: Recorded, pupil_id: str, schools: Collection[str]) -> list[str]:
    """Rewrite every file that holds the pupil, live or kept for undo; returns the paths they had."""
    rewritten = []
    for row in life_store.lake_rows(told.tx, schools, live=False, held=True):
        file = lake_store.as_lake_file(row)
        made = _rewritten(caller, file, pupil_id)
        if made is not None:
            life_store.replace_lake_row(told, row, made)
            rewritten.append(file.path)
    return rewritten


def _rewritten(caller: Caller, file: LakeFile, pupil_id: str) -> LakeFile | None:
    """The file without the pupil's rows; None where it holds none."""
    lake = caller.deployment.lake
    theirs = read_buckets(lake.store, file.path, frozenset({bucket_of(pupil_id, lake.buckets)}))
    if "pupil_id" not in theirs.column_names or not pc.any(pc.equal(theirs["pupil_id"], pupil_id)).as_py():
        return None
    table = read_buckets(lake.store, file.path)
    kept = table.filter(pc.not_equal(table["pupil_id"], pupil_id))
    made = write_file(
        lake.store, kept, (file.table, file.school, file.term),
        buckets=lake.buckets, load_id=file.load_id, today=file.first_loaded,
    )  # fmt: skip
    return replace(made, first_loaded=file.first_loaded)
