"""A home: the one folder that holds lake, registry, database, uploads and keys."""

import base64
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from data_contracts.errors import Refused
from pipelines.lake import Lake
from service.core import backup_key
from service.core.private import loose, tighten
from service.core.secret_files import write_secret

FORMAT = "1"
ALIAS_KEY = "alias.key"
UPLOAD_KEY = "uploads.key"
BACKUP_KEY = backup_key.NAME
SEAL_KEY = "seals.key"
PRIVATE_FOLDERS = ("uploads", "keys", "work")
OURS = ("format", "lake", "keys", "belong.sqlite")


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of a home, and its secrets read when they are needed. Make one with `create` or `open`."""

    path: Path

    @classmethod
    def create(cls, path: Path) -> "Home":
        """Make an empty home: folders, keys (0600), lake, registry, database at the newest revision.

        Refused where a home stands already; other files in the folder are left alone.
        """
        from service.core.audit import anchor

        home = cls(Path(path).resolve())
        if (home.path / "format").exists():
            raise Refused(f"{path} is a home already.", hint="Serve it with: belong serve --home ...")
        home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in PRIVATE_FOLDERS:
            (home.path / name).mkdir(mode=0o700, exist_ok=True)
        write_secret(home.keys / ALIAS_KEY, secrets.token_hex(32))
        write_secret(home.keys / UPLOAD_KEY, Fernet.generate_key().decode())
        backup_key.make_if_missing(home.keys)
        home.make_seal_key()
        anchor.begin(home)
        Lake.create(home.lake)
        home.registry.mkdir(exist_ok=True)
        home.upgrade()
        (home.path / "format").write_text(FORMAT + "\n", "utf-8")
        return home

    @classmethod
    def open(cls, path: Path) -> "Home":
        """The home at `path`; Refused where there is none or it is newer than this release."""
        home = cls(Path(path).resolve())
        mark = home.path / "format"
        if not mark.exists():
            raise Refused(
                f"{path} is not a Belong home.", hint="Make one with: belong init --home ... (or belong demo)"
            )
        if mark.read_text("utf-8").strip() != FORMAT:
            raise Refused("This home has another format.", hint="Run: belong migrate --home ...")
        return home

    @property
    def lake(self) -> Path:
        """Where the canonical tables lie."""
        return self.path / "lake"

    @property
    def registry(self) -> Path:
        """Where model bundles lie."""
        return self.path / "registry"

    @property
    def uploads(self) -> Path:
        """Where raw uploads lie, encrypted."""
        return self.path / "uploads"

    @property
    def work(self) -> Path:
        """Where a job keeps what it needs between steps, encrypted or pseudonymous."""
        return self.path / "work"

    @property
    def keys(self) -> Path:
        """Where the key files lie (0600); in a backup they go under separate custody."""
        return self.path / "keys"

    @property
    def governance(self) -> Path:
        """The governance file: one section per school, and retention per table."""
        return self.path / "governance.toml"

    def alias_key(self) -> bytes:
        """The key of the roll's aliases."""
        return bytes.fromhex(self._secret(ALIAS_KEY))

    def upload_cipher(self) -> Fernet:
        """What raw uploads and values of quarantined cells are encrypted with."""
        return Fernet(self._secret(UPLOAD_KEY).encode())

    def seal_key(self) -> bytes:
        """The key of the audit log's seals."""
        return bytes.fromhex(self._secret(SEAL_KEY))

    def has_seal_key(self) -> bool:
        """Whether there is one; homes of earlier releases get it by `belong migrate`."""
        return (self.keys / SEAL_KEY).exists()

    def make_seal_key(self) -> None:
        """Make the key of the seals where there is none."""
        if not self.has_seal_key():
            write_secret(self.keys / SEAL_KEY, secrets.token_hex(32))

    def vouching_code(self, invitation_id: str) -> str:
        """The code that goes with an invitation: 40 bits of a keyed hash, so it is stored nowhere."""
        key = self._secret(UPLOAD_KEY).encode()
        made = hmac.new(key, f"invitation:{invitation_id}".encode(), "sha256").digest()
        text = base64.b32encode(made[:5]).decode()
        return f"{text[:4]}-{text[4:]}"

    def keyed(self, purpose: str, text: str) -> str:
        """A keyed hash of a text for one purpose, which nobody without the home's keys can make."""
        key = self._secret(UPLOAD_KEY).encode()
        return hmac.new(key, f"{purpose}:{text}".encode(), "sha256").hexdigest()

    def tighten(self) -> None:
        """Let nobody but the owner into the home, however it was made, nor at what it holds of secrets and rows.

        What belongs to somebody else can't be tightened and stays the doctor's finding.
        """
        for path in self.private():
            with suppress(OSError):
                if loose(path):
                    tighten(path)

    def private(self) -> list[Path]:
        """What only the owner may open: the home, its folders for secrets and files, keys, and the database."""
        folders = [self.path, *(self.path / name for name in PRIVATE_FOLDERS), self.lake, self.registry]
        files = [*self.keys.glob("*"), *self.path.glob("belong.sqlite*"), *self.path.glob("*.json*")]
        return [path for path in (*folders, *files) if path.exists()]

    def upgrade(self) -> None:
        """Bring the database to the newest revision; on the way the home is made private."""
        from service.core.migrate import upgrade
        from service.core.settings import settings_for

        self.tighten()  # first the folder: a new database is nobody else's from its first byte
        upgrade(settings_for(self.path))
        self.tighten()

    def _secret(self, name: str) -> str:
        path = self.keys / name
        if not path.exists():
            raise Refused(
                f"The key file keys/{name} is missing.", hint="Restore it from its own backup custody."
            )
        return path.read_text("utf-8").strip()
