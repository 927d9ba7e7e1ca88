"""Which files of a home a backup holds, by their names; what else a backup names is refused."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from data_contracts.errors import Refused
from service.rights import LEDGER

SINGLE_FILES = ("governance.toml", "belong.toml", "published.csv", LEDGER, "lake/lake.json")
FOLDERS = ("registry", "uploads")
ALL_FOLDERS = (*FOLDERS, "lake")
ANOTHER = "Use another backup; save this one for your data protection officer."


def check_names(names: Iterable[str]) -> None:
    """Raises Refused for a name that is doubled or would not become a file of the home's own folders."""
    seen = set[str]()
    for name in names:
        if name in seen:
            raise Refused(f"The backup names {shown(name)} twice; nothing was restored.", hint=ANOTHER)
        seen.add(name)
        if not _belongs(name):
            raise Refused(
                f"The backup names {shown(name)}, which is no file of a home; nothing was restored.",
                hint=ANOTHER,
            )


def shown(name: str) -> str:
    """A name as an error message may show it."""
    return ascii(name if len(name) < 100 else f"{name[:100]}…")


def _belongs(name: str) -> bool:
    """Relative, without `..`, links to nowhere or control characters, and in a folder that backups hold."""
    if not isinstance(name, str) or not name.isprintable() or "\\" in name:
        return False
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name:
        return False
    return name in SINGLE_FILES or (len(path.parts) > 1 and path.parts[0] in ALL_FOLDERS)
