"""The key backups are sealed with: one file that keeps every version, the newest last.

A line is a version: its id (which tells the key without telling it) and 32 bytes in hex. Nothing ever takes a
version away, so backups made before a rotation stay readable; the keys of aliases and uploads have no part in it.
"""

import hashlib
import secrets
from pathlib import Path

from data_contracts.errors import Refused
from service.core.secret_files import write_secret

NAME = "backup.key"
Versions = dict[str, bytes]


def versions(keys: Path) -> Versions:
    """Every version in a folder of keys by its id, oldest first; Refused where there is none or it can't be read."""
    path = keys / NAME
    if not path.exists():
        raise Refused(
            f"The folder {keys} holds no {NAME}.",
            hint="Restore it from its own custody; a home that never had one gets it from: belong migrate --home ...",
        )
    found: Versions = {}
    for line in path.read_text("utf-8", errors="replace").split("\n"):
        if line.strip():
            known, _, text = line.strip().partition(" ")
            found[known] = _key(known, text, path)
    if not found:
        raise Refused(f"{path} is empty.", hint="Restore it from its own custody.")
    return found


def newest(keys: Path) -> tuple[str, bytes]:
    """Id and key of the version that new backups are made with."""
    return list(versions(keys).items())[-1]


def make_if_missing(keys: Path) -> bool:
    """Make the first version where there is no file; True where one was made."""
    if (keys / NAME).exists():
        return False
    add_version(keys)
    return True


def add_version(keys: Path) -> str:
    """Add a version, which new backups are made with from now on; returns its id."""
    known = versions(keys) if (keys / NAME).exists() else {}
    key = secrets.token_bytes(32)
    _write(keys, {**known, key_id(key): key})
    return key_id(key)


def copy(keys: Path, to: Path) -> None:
    """Write every version into another folder; versions that lie there already are kept before them."""
    there = versions(to) if (to / NAME).exists() else {}
    ours = versions(keys)
    _write(to, {**{known: key for known, key in there.items() if known not in ours}, **ours})


def key_id(key: bytes) -> str:
    """What tells that a key is the right one, without telling the key."""
    return hashlib.sha256(b"belong backup key\x00" + key).hexdigest()[:16]


def _key(known: str, text: str, path: Path) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32 or key_id(key) != known:
        raise Refused(f"{path} is damaged.", hint="Restore it from its own custody.")
    return key


def _write(keys: Path, known: Versions) -> None:
    write_secret(keys / NAME, "".join(f"{one} {key.hex()}\n" for one, key in known.items()))
