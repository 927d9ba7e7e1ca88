"""Whatever is done to a backup's files is refused in one sentence, and neither home nor database is touched."""

import filecmp
import io
import json
import os
import shutil
import tarfile
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.errors import Refused
from service.core import backup_key
from service.core.engine import Database
from service.core.migrate import current
from service.core.settings import Settings
from service.operations import archive
from service.operations.archive import CONTENT, HEADER, MANIFEST, Member, SealedBackup, Writer
from service.operations.restore import restore
from service.operations.sealed_stream import CHUNK, TAG, NotAsSealed, Opener, Sealer, stream_key
from testbed.postgres import PostgresServer
from tests.life.records import Template

pytestmark = pytest.mark.xdist_group("records")
NAMES = (HEADER, MANIFEST, CONTENT)
UNHURRIED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FEW = settings(deadline=None, max_examples=60, suppress_health_check=UNHURRIED)


@dataclass
class Place:
    """Where a restore is tried, and a copy of a good backup to be spoilt."""

    backup: Path
    keys: Path
    home: Path
    settings: Settings

    def refused(self) -> Refused:
        """The refusal of a restore that touched nothing."""
        with pytest.raises(Refused) as told:
            restore(self.backup, self.home, keys=self.keys, settings=self.settings)
        assert not self.home.exists()
        assert not [path for path in self.home.parent.iterdir() if "restoring" in path.name]
        if self.settings.database_url:
            database = Database(self.settings.owner_url)
            assert current(database) is None
            database.close()
        assert told.value.message.count(". ") == 0
        assert told.value.hint
        return told.value

    def again(self, template: Template) -> None:
        shutil.rmtree(self.backup, ignore_errors=True)
        shutil.copytree(template.backup, self.backup)


BOTH = pytest.mark.parametrize(
    "place", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def place(tmp_path: Path, template: Template, request: pytest.FixtureRequest) -> Place:
    home = tmp_path / "there" / "home"
    home.parent.mkdir()
    chosen = Settings(home=home)
    if getattr(request, "param", "sqlite") == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        own = server.database()
        chosen = Settings(home=home, database_url=own.url, owner_url=own.owner_url)
    made = Place(tmp_path / "spoilt", template.keys, home, chosen)
    made.again(template)
    return made


@BOTH
@FEW
@given(name=st.sampled_from(NAMES), at=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_any_byte_changed(place: Place, template: Template, name: str, at: int, bit: int) -> None:
    place.again(template)
    data = bytearray((place.backup / name).read_bytes())
    data[at % len(data)] ^= 1 << bit
    (place.backup / name).write_bytes(data)
    place.refused()


@BOTH
@FEW
@given(name=st.sampled_from(NAMES), at=st.integers(0, 10**9))
def test_cut_off_anywhere(place: Place, template: Template, name: str, at: int) -> None:
    place.again(template)
    path = place.backup / name
    os.truncate(path, at % path.stat().st_size)
    place.refused()


@BOTH
@pytest.mark.parametrize("name", NAMES)
def test_a_file_dropped_added_to_or_linked(place: Place, template: Template, name: str) -> None:
    (place.backup / name).unlink()
    place.refused()
    place.again(template)
    with (place.backup / name).open("ab") as handle:
        handle.write(b"\n")
    told = place.refused()
    assert "changed or forged" in told.message or "cut off or added to" in told.hint
    place.again(template)
    (place.backup / name).rename(place.backup.parent / "elsewhere")
    (place.backup / name).symlink_to(place.backup.parent / "elsewhere")
    place.refused()


@BOTH
def test_a_file_added(place: Place) -> None:
    (place.backup / "readme.txt").write_text("restore me")
    assert "readme.txt" in place.refused().message


@BOTH
def test_files_of_two_backups_swapped(place: Place, template: Template, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    opened = SealedBackup(template.backup, backup_key.versions(template.keys))
    again(opened, other, template)
    for name in NAMES:
        place.again(template)
        shutil.copy(other / name, place.backup / name)
        place.refused()
    place.again(template)
    (place.backup / MANIFEST).rename(place.backup / "x")
    (place.backup / CONTENT).rename(place.backup / MANIFEST)
    (place.backup / "x").rename(place.backup / CONTENT)
    place.refused()


def again(opened: SealedBackup, folder: Path, template: Template) -> None:
    """The same content sealed once more, with the right key."""
    whole = replace(opened.manifest, members=[], tables={})
    writer = Writer(folder, backup_key.newest(template.keys), whole)
    for name, lines in opened.tables():
        writer.add_table(name, lines)
    for name in opened.files:
        writer.add_file(name, template.home / name)
    writer.finish()


def test_the_key_of_another_home(place: Place, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    backup_key.add_version(tmp_path / "theirs")
    assert "not the one of this backup" in replace_keys(place, tmp_path / "theirs").refused().message
    forged = json.loads((place.backup / HEADER).read_text())
    forged["key"] = backup_key.newest(tmp_path / "theirs")[0]
    (place.backup / HEADER).write_text(json.dumps(forged))
    assert "changed or forged" in replace_keys(place, tmp_path / "theirs").refused().message


def replace_keys(place: Place, keys: Path) -> Place:
    return Place(place.backup, keys, place.home, place.settings)


@pytest.mark.parametrize(
    "header",
    [b"", b"{", b"[]", b"null", b"{}", b'{"format": "2"}', b"\xff\xfe", b"[" * 50_000, b'{"format": 2}',
     b'{"format": 3}', b'{"format": 2, "key": [1]}', b'{"format": 1}', b'{"format": true}'],
)  # fmt: skip
def test_a_header_that_is_none(place: Place, header: bytes) -> None:
    (place.backup / HEADER).write_bytes(header)
    place.refused()


# What only somebody with the key could make: it is refused all the same.

LINK, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE
GOOD = "uploads/999001/a.sealed"


@pytest.mark.parametrize(
    ("members", "listed", "says"),
    [
        ([("../dropped", b"x")], None, "no file of a home"),
        ([("uploads/../../dropped", b"x")], None, "no file of a home"),
        ([("/etc/dropped", b"x")], None, "no file of a home"),
        ([("keys/alias.key", b"x")], None, "no file of a home"),
        ([("format", b"1")], None, "no file of a home"),
        ([("belong.sqlite", b"x")], None, "no file of a home"),
        ([("uploads", b"x")], None, "no file of a home"),
        ([("uploads/./a", b"x")], None, "no file of a home"),
        ([("uploads//a", b"x")], None, "no file of a home"),
        ([("uploads/a\\b", b"x")], None, "no file of a home"),
        ([("uploads/a\nb", b"x")], None, "no file of a home"),
        ([(GOOD, LINK)], None, "a link or no file"),
        ([(GOOD, HARD)], None, "a link or no file"),
        ([(GOOD, tarfile.DIRTYPE)], None, "a link or no file"),
        ([(GOOD, tarfile.FIFOTYPE)], None, "a link or no file"),
        ([(GOOD, b"x"), (GOOD, b"x")], None, "twice"),
        ([(GOOD, b"x"), (GOOD, b"x")], [(GOOD, b"x")], "twice or out of its place"),
        ([(GOOD, b"x"), ("uploads/more", b"x")], [(GOOD, b"x")], "which its list lacks"),
        ([(GOOD, b"x")], [(GOOD, b"x"), ("uploads/more", b"x")], "less than its list names"),
        ([(GOOD, b"x")], [(GOOD, b"y")], "with other bytes"),
        ([(GOOD, b"x")], [(GOOD, b"xx")], "another size"),
        ([("uploads/b", b"x"), ("uploads/a", b"x")], [("uploads/a", b"x"), ("uploads/b", b"x")], "out of its place"),
    ],
)  # fmt: skip
def test_content_that_is_not_what_the_list_says(
    place: Place,
    template: Template,
    members: list[tuple[str, Any]],
    listed: list[tuple[str, Any]] | None,
    says: str,
) -> None:
    shutil.rmtree(place.backup)
    place.backup.mkdir()
    opened = SealedBackup(template.backup, backup_key.versions(template.keys))
    writer = Writer(
        place.backup, backup_key.newest(template.keys), replace(opened.manifest, members=[], tables={})
    )
    for name, content in members:
        _put(writer._tar, name, content)
    writer._manifest.members = [_member(name, content) for name, content in listed or members]
    writer.finish()
    assert says in place.refused().message
    assert not (place.home.parent / "dropped").exists()


def _put(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    if content in (LINK, HARD, tarfile.DIRTYPE, tarfile.FIFOTYPE):
        info.type, info.linkname = content, "../../dropped"
        tar.addfile(info)
        return
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _member(name: str, content: bytes) -> Member:
    size = 0 if content in (LINK, HARD, tarfile.DIRTYPE, tarfile.FIFOTYPE) else len(content)
    return Member(name, size, archive.hashlib.sha256(content).hexdigest())


# The stream itself.

KEY = stream_key(b"k" * 32, b"s" * 32, "test")
CHUNKED = CHUNK + TAG


def sealed(path: Path, data: bytes) -> bytes:
    path.unlink(missing_ok=True)
    with Sealer(path, KEY) as sealer:
        for start in range(0, len(data), 700_001):
            sealer.write(data[start : start + 700_001])
    return path.read_bytes()


def read(data: bytes, key: bytes = KEY) -> bytes:
    return Opener(io.BytesIO(data), key).readall() or b""


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
def test_a_stream_of_any_length_comes_back(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    whole = sealed(tmp_path / "s", data)
    assert read(whole) == data
    assert len(whole) == size + TAG * max(1, -(-size // CHUNK))


Spoil = Callable[[list[bytes]], list[bytes]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: [parts[1], parts[0], *parts[2:]],
        lambda parts: parts[:-1],
        lambda parts: parts[1:],
        lambda parts: [parts[0], parts[0], *parts[1:]],
        lambda parts: [*parts, parts[-1]],
        lambda parts: [*parts, b"\x00"],
        lambda parts: [*parts[:-1], parts[-1][:-1]],
        lambda parts: [parts[-1]],
        lambda parts: [],
    ],
)
def test_chunks_moved_dropped_or_doubled(tmp_path: Path, spoil: Spoil) -> None:
    whole = sealed(tmp_path / "s", os.urandom(3 * CHUNK + 17))
    parts = [whole[start : start + CHUNKED] for start in range(0, len(whole), CHUNKED)]
    with pytest.raises(NotAsSealed):
        read(b"".join(spoil(parts)))


def test_another_key_or_another_use_of_the_key(tmp_path: Path) -> None:
    whole = sealed(tmp_path / "s", b"data")
    for key in (
        stream_key(b"k" * 32, b"s" * 32, "other"),
        stream_key(b"k" * 32, b"t" * 32, "test"),
        b"x" * 32,
    ):
        with pytest.raises(NotAsSealed):
            read(whole, key)


def test_memory_stays_flat_however_big_a_file_is(tmp_path: Path, template: Template) -> None:
    size = 96 * CHUNK
    with (tmp_path / "big").open("wb") as handle:
        for _ in range(96):
            handle.write(os.urandom(CHUNK))
    (tmp_path / "b").mkdir()
    key, opened = (
        backup_key.newest(template.keys),
        SealedBackup(template.backup, backup_key.versions(template.keys)),
    )
    tracemalloc.start()
    try:
        writer = Writer(tmp_path / "b", key, replace(opened.manifest, members=[], tables={}))
        writer.add_file(GOOD, tmp_path / "big")
        writer.finish()
        again = SealedBackup(tmp_path / "b", dict([key]))
        again.check()
        again.put_files(tmp_path / "home")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "home" / GOOD).stat().st_size == size
    assert peak < size / 6
    assert filecmp.cmp(tmp_path / "home" / GOOD, tmp_path / "big", shallow=False)


def test_nothing_after_a_changed_chunk_is_given_out(tmp_path: Path) -> None:
    data = os.urandom(3 * CHUNK)
    whole = bytearray(sealed(tmp_path / "s", data))
    whole[CHUNKED + 5] ^= 1
    opener, got = Opener(io.BytesIO(bytes(whole)), KEY), b""
    while len(got) < CHUNK:
        got += opener.read(65_536) or b""
    assert got == data[:CHUNK]
    with pytest.raises(NotAsSealed, match="chunk 2"):
        opener.read(1)
