"""What somebody wrote while another was writing: nobody replaces it before they have seen it."""

from collections.abc import Mapping

from data_contracts.errors import BelongError


class Meanwhile(BelongError):
    """Something else stands than the writer saw. `versions` are both, what stands and theirs, in words."""

    http_status = 412

    def __init__(self, message: str, standing: Mapping[str, str], yours: Mapping[str, str]) -> None:
        super().__init__(message, hint="Save yours only if it is still right.")
        self.versions = {"standing": dict(standing), "yours": dict(yours)}
