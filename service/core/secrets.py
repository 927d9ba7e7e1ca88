"""Secrets of people and machines: never stored, only what lets us know them again."""

import base64
import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

from pwdlib import PasswordHash

from data_contracts.errors import BelongError, Refused

T = TypeVar("T")

LEAST_PASSWORD = 12
HARD_TO_GUESS = 4
"""zxcvbn's highest mark: more than ten thousand million guesses by somebody who tries likely ones first."""
READ_OF_IT = 72
WORDS = "Three or four unrelated words make a good one."
GUESSABLE = "This password is easy to guess: it is a common one, or close to your name or to a date."
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


def password_hash(password: str, about: Iterable[str] = ()) -> str:
    """An argon2id hash. `about` is what is known of its owner: their name and sign-in name.

    Refused for a password shorter than 12 characters, for a common one and for one made of the owner's own names;
    Busy where too many are made.
    """
    if len(password) < LEAST_PASSWORD or len(password) > 200:
        raise Refused(f"A password needs at least {LEAST_PASSWORD} characters (and at most 200).", hint=WORDS)
    if _guessable(password, about):
        raise Refused(GUESSABLE, hint=WORDS)
    return _desk().do(_hasher().hash, password)


def _guessable(password: str, about: Iterable[str]) -> bool:
    """Whether somebody who knows lists of passwords and the owner's names would try this one early."""
    from zxcvbn import zxcvbn  # its word lists take a while to read, and most requests set no password

    found = zxcvbn(password[:READ_OF_IT], user_inputs=sorted({"belong", *_own_words(about)}))
    return int(found["score"]) < HARD_TO_GUESS


def _own_words(about: Iterable[str]) -> Iterator[str]:
    """The parts of somebody's names, and the parts written as one word, either way round."""
    for text in about:
        parts = [part for part in re.split(r"[\W_]+", text.lower()) if part]
        yield from (word for word in (*parts, "".join(parts), "".join(reversed(parts))) if len(word) > 2)


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
