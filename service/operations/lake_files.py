"""What the manifest in the database says about lake files, against what lies in the lake."""

import hashlib
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.lake import LakeFile, bucket_of
from pipelines.lake.files import read_buckets
from pipelines.lake.store import Store
from service.core.deployment import Deployment
from service.records import lake_store
from service.rights import life_store


def missing_files(deployment: Deployment, most: int | None = None) -> tuple[list[LakeFile], int]:
    """Live files that are not in the lake, and how many there are; at most `most` are looked for."""
    files = live_files(deployment)
    store = deployment.lake.store
    looked_for = files if most is None else files[-most:]
    return [file for file in looked_for if not store.exists(file.path)], len(files)


def changed_files(deployment: Deployment) -> list[LakeFile]:
    """Live files whose bytes are not those that were loaded; missing ones are left out."""
    store = deployment.lake.store
    present = (file for file in live_files(deployment) if store.exists(file.path))
    return [file for file in present if file_hash(store, file.path) != file.sha256]


def files_about(deployment: Deployment, pupils: Collection[str]) -> list[str]:
    """Every file of the lake, named or not, live or kept for undo, that holds a row of any of these pupils."""
    lake, found = deployment.lake, []
    wanted = frozenset(bucket_of(pupil, lake.buckets) for pupil in pupils)
    for path in sorted(deployment.home.lake.rglob("*.parquet")) if pupils else []:
        name = path.relative_to(deployment.home.lake).as_posix()
        try:
            rows = read_buckets(lake.store, name, wanted, ["pupil_id"])
        except (
            KeyError,
            OSError,
            TypeError,
            ValueError,
        ):  # no file of the lake's own: told of as one nothing names
            continue
        if (
            "pupil_id" in rows.column_names
            and pc.any(pc.is_in(rows["pupil_id"].cast("string"), _set(pupils))).as_py()
        ):
            found.append(name)
    return found


def _set(pupils: Collection[str]) -> pa.Array:
    return pa.array(sorted(pupils), pa.string())


def live_files(deployment: Deployment) -> list[LakeFile]:
    """Every live file of every school."""
    urns = deployment.all_urns()
    with deployment.database.reading(urns) as tx:
        return [lake_store.as_lake_file(row) for row in life_store.lake_rows(tx, urns, live=True)]


def file_hash(store: Store, path: str) -> str:
    """The sha256 of a lake file's bytes."""
    return hashlib.sha256(store.read(path)).hexdigest()
