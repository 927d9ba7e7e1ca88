"""Secrets of people and machines: never stored, only what lets us know them again."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

from pwdlib import PasswordHash

from data_contracts.errors import BelongError, Refused

T = TypeVar("T")

LEAST_PASSWORD = 12
TOKEN_PREFIX = "belong_"  # noqa: S105
MASK = "m."
AT_ONCE = 2
"""One argon2id check takes 64 MiB; a flood of sign-ins must not take the machine's memory."""
QUEUE = 14
"""How many may wait their turn. Each holds one of the threads that answer everybody, so it is a minority of them."""
BUSY_SECONDS = 5


class Busy(BelongError):
    """Too many passwords are being looked at; it will work in a few seconds."""

    http_status = 503

    def __init__(self) -> None:
        super().__init__(
            "Too many people are signing in just now.", hint=f"Try again in {BUSY_SECONDS} seconds."
        )
        self.retry_after = BUSY_SECONDS


class _Desk:
    """Threads of its own for argon2, and a short queue before them."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._room = threading.BoundedSemaphore(AT_ONCE + QUEUE)

    def do(self, work: Callable[..., T], *given: Any) -> T:
        """The outcome of `work`, in its turn; Busy where the queue is full."""
        if not self._room.acquire(blocking=False):
            raise Busy
        try:
            return self._threads.submit(work, *given).result()
        finally:
            self._room.release()


def password_hash(password: str) -> str:
    """An argon2id hash; Refused for a password shorter than 12 characters, Busy where too many are made."""
    if len(password) < LEAST_PASSWORD or len(password) > 200:
        raise Refused(
            f"A password needs at least {LEAST_PASSWORD} characters (and at most 200).",
            hint="Three or four unrelated words make a good one.",
        )
    return _desk().do(_hasher().hash, password)


def password_fits(password: str, hashed: str | None) -> bool:
    """True where the password is right; Busy where too many are looked at.

    An unknown account costs the same time as a known one.
    """
    fits = _desk().do(_verified, password[:200], hashed)
    return fits and hashed is not None


def new_secret(prefix: str = "") -> str:
    """256 random bits, as text."""
    return prefix + secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """What is stored of a random secret: its SHA-256, enough because it cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def masked(secret: str) -> str:
    """A secret under a fresh one-time pad, other bytes in every page: pages are compressed, and the length of a
    compressed page must not tell, guess by guess, what constant secret stands in it (BREACH)."""
    plain = secret.encode()
    pad = secrets.token_bytes(len(plain))
    covered = bytes(a ^ b for a, b in zip(plain, pad, strict=True))
    return MASK + base64.urlsafe_b64encode(pad + covered).decode().rstrip("=")


def unmasked(text: str) -> str:
    """The secret under `masked`; a text that isn't masked comes back as it is, to be compared and refused."""
    if not text.startswith(MASK):
        return text
    try:
        both = base64.urlsafe_b64decode(text[len(MASK) :] + "=" * (-(len(text) - len(MASK)) % 4))
    except ValueError:
        return ""
    half = len(both) // 2
    return bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=False)).decode("ascii", "replace")


def _verified(password: str, hashed: str | None) -> bool:
    return _hasher().verify(password, hashed or _nobody())


@cache
def _desk() -> _Desk:
    return _Desk()


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
