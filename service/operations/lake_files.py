"""What the manifest in the database says about lake files, against what lies in the lake."""

import hashlib

from pipelines.lake import LakeFile
from pipelines.lake.store import Store
from service.db import lake_store, life_store
from service.deployment import Deployment


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


def live_files(deployment: Deployment) -> list[LakeFile]:
    """Every live file of every school."""
    urns = deployment.all_urns()
    with deployment.database.reading(urns) as tx:
        return [lake_store.as_lake_file(row) for row in life_store.lake_rows(tx, urns, live=True)]


def file_hash(store: Store, path: str) -> str:
    """The sha256 of a lake file's bytes."""
    return hashlib.sha256(store.read(path)).hexdigest()
