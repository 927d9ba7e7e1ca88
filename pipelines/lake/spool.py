"""Rows on their way from many files into others, each read once, while memory holds one of the others at a time."""

import tempfile
from pathlib import Path

import pyarrow as pa

from pipelines.lake.store import Store


class Spool:
    """Tables waiting by number, in a file without a name beside the store's; of one number alone, in memory."""

    def __init__(self, store: Store, numbers: int):
        folder = Path(store.path("")) if store.local else None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._held: list[pa.Table] = []
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(numbers)]
        self._file = tempfile.TemporaryFile(dir=folder) if numbers > 1 else None  # noqa: SIM115 (see __exit__)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, number: int, rows: pa.Table) -> None:
        """Let some rows wait; the first of a number say which columns there are, even where they are none."""
        if self._file is None:
            self._held.append(rows)
        elif rows.num_rows or not self._places[number]:
            start = self._file.seek(0, 2)
            with pa.ipc.new_stream(self._file, rows.schema) as stream:
                stream.write_table(rows)
            self._places[number].append((start, self._file.tell() - start))

    def waiting(self, number: int) -> list[pa.Table]:
        """The tables of a number, in the order they came."""
        if self._file is None:
            return self._held
        found = []
        for start, length in self._places[number]:
            self._file.seek(start)
            found.append(pa.ipc.open_stream(self._file.read(length)).read_all())
        return found
