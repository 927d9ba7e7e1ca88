"""Errors that say what to do and for whom; the command line and the API map them to codes."""


class BelongError(Exception):
    """A message for a person, with a hint how to mend what went wrong."""

    exit_code = 1
    http_status = 400

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Refused(BelongError):
    """Nothing was done because the input or the state does not allow it."""

    exit_code = 11
    http_status = 422


class Held(BelongError):
    """Work waits for a person's yes; nothing has changed yet."""

    exit_code = 12
    http_status = 409


class Abstained(BelongError):
    """Belong declines to give a figure, and says why."""

    exit_code = 13
    http_status = 422
