"""Where prepared subject-access exports lie: sealed, each under its own id, until their time is over."""

from pathlib import Path

from data_contracts.errors import Refused
from service.core.callers import Caller
from service.core.homes import Home
from service.core.secret_files import write_secret
from service.rights import life_store


def write(caller: Caller, export_id: str, data: bytes) -> None:
    """Seal an export."""
    path = _path(caller, export_id)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_secret(path, caller.deployment.home.upload_cipher().encrypt(data).decode())


def read(caller: Caller, export_id: str) -> bytes:
    """The export's bytes; Refused once they are deleted."""
    path = _path(caller, export_id)
    if not path.exists():
        raise Refused("This copy has been deleted.", hint="Prepare it again.")
    return caller.deployment.home.upload_cipher().decrypt(path.read_bytes())


def folder(home: Home) -> Path:
    """Where they lie."""
    return home.work / "exports"


def _path(caller: Caller, export_id: str) -> Path:
    return folder(caller.deployment.home) / life_store.export_file(export_id)
