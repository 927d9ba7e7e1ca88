"""The made world is a package that an installation may be without: the image leaves it out."""

from importlib.util import find_spec

from data_contracts.errors import Refused

PACKAGE = "pipelines.synthesise"


def require_made_world() -> None:
    """Refuse, in words, where there is nothing to make a synthetic trust with."""
    if find_spec(PACKAGE) is None:
        raise Refused(
            "This installation is for real use and leaves out the part that makes synthetic trusts.",
            hint="To see the demo, run `make run` in a copy of Belong's source; to begin here: belong init",
        )
