"""Files come in sealed or not at all: nothing of them lies readable anywhere, nothing stays of what is refused."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from service.app.worker import Worker
from service.uploads import vault
from service.uploads.sealing import PIECE, Sealing, forget_broken_off
from testbed.seeds import OWN, TERM, Seeded

SECRET = b"Qwyzzleheimer"
GOOD = ("Pupils.csv", b"Adno,Surname\r\n1," + SECRET)
EMOJI = "😀" * 140 + ".csv"
REFUSED: dict[str, list[tuple[str, bytes]]] = {
    "an empty file": [GOOD, ("b.csv", b"")],
    "equal names": [GOOD, ("pupils.CSV", b"x")],
    "41 files": [(f"{n}.csv", b"x" * 2000) for n in range(41)],
    "60 files": [(f"{n}.csv", b"x" * 2000) for n in range(60)],
    "a hidden name": [GOOD, (".csv", b"x")],
    "a name of 564 bytes": [GOOD, (EMOJI, b"x")],
}


def files_of(seeded: Seeded) -> list[Path]:
    home = seeded.deployment.home
    return [path for folder in (home.uploads, home.work) for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_leaves_nothing(fresh: Seeded, kind: str) -> None:
    before = files_of(fresh)
    files = [("files", each) for each in REFUSED[kind]]
    answer = fresh.client("inclusion_lead").post(
        "/api/v1/uploads", data={"school": OWN, "term": TERM}, files=files
    )
    assert answer.status_code in (400, 422), answer.text
    assert files_of(fresh) == before
    for wrong in ({"school": OWN, "term": "9999-autumn"}, {"school": "999002", "term": TERM}):
        answer = fresh.client("inclusion_lead").post("/api/v1/uploads", data=wrong, files=[("files", GOOD)])
        assert 400 <= answer.status_code < 500
    assert files_of(fresh) == before


def test_a_long_file_is_sealed_as_it_comes_and_opens_again(
    fresh: Seeded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(plain))
    made: list[Any] = []
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *a, **k: made.append(a))
    data = (SECRET + b",1\r\n") * (3 * PIECE // 17)
    key = {"Idempotency-Key": "once"}
    client, sent = (
        fresh.client("inclusion_lead"),
        [("files", ("Pupils.csv", data)), ("files", ("b.csv", b"b"))],
    )
    first = client.post("/api/v1/uploads", data={"school": OWN, "term": TERM}, files=sent, headers=key)
    assert first.status_code == 202, first.text
    kept = files_of(fresh)
    assert (
        client.post("/api/v1/uploads", data={"school": OWN, "term": TERM}, files=sent, headers=key).json()
        == first.json()
    )
    assert files_of(fresh) == kept
    assert not made
    assert all(SECRET not in path.read_bytes() for path in [*kept, *plain.iterdir()])
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    files = client.get(f"/api/v1/uploads/{first.json()['id']}").json()["files"]
    assert [(one["name"], one["size"]) for one in files] == [("Pupils.csv", len(data)), ("b.csv", 1)]
    monkeypatch.undo()
    Worker(fresh.deployment).work_once()
    assert client.get(f"/api/v1/uploads/{first.json()['id']}").json()["status"] in ("refused", "held")


def test_a_file_of_an_earlier_release_opens(fresh: Seeded) -> None:
    home = fresh.deployment.home
    (home.uploads / OWN).mkdir(exist_ok=True)
    (home.uploads / OWN / "old.sealed").write_bytes(home.upload_cipher().encrypt(b"as it was"))
    (found,) = vault.opened(home, [{"name": "old.csv", "stored": f"{OWN}/old.sealed"}])
    assert (found.name, found.data) == ("old.csv", b"as it was")


def test_what_was_broken_off_is_forgotten(fresh: Seeded) -> None:
    home = fresh.deployment.home
    young, old = Sealing(home), Sealing(home)
    for one in (young, old):
        one.write(b"x" * PIECE)
    long_ago = time.time() - 7200
    os.utime(old.path, (long_ago, long_ago))
    forget_broken_off(home)
    assert list((home.work / "incoming").iterdir()) == [young.path]


def test_names_are_measured_as_disks_measure_them() -> None:
    assert vault.file_name("Ünïcode é 你好.csv") == "Ünïcode é 你好.csv"
    for name in (EMOJI, "x" * 201, "é" * 101):
        with pytest.raises(Exception, match="usable name"):
            vault.file_name(name)
