"""Counting and limiting across all processes: the `limits` library over a table of the database."""

import threading
import time
from collections import Counter

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from data_contracts.errors import BelongError
from service.core import counter_store
from service.core.engine import Database

OFTEN = "There were too many tries in a short time."
SAMPLE = 20
MINUTE = 60.0


class TooMany(BelongError):
    """Asked too often; it will work again in a while."""

    http_status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, hint=f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class DatabaseCounters(Storage):
    """The storage that `limits` counts in: one row per key and window."""

    STORAGE_SCHEME = None

    def __init__(self, database: Database) -> None:
        super().__init__(None)
        self.database = database

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing is swallowed here."""
        return Exception

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count up and say the new count of the window."""
        return counter_store.increase(self.database, key, expiry, amount, time.time())

    def get(self, key: str) -> int:
        """The count of a window that still runs."""
        return counter_store.read(self.database, key, time.time())[0]

    def get_expiry(self, key: str) -> float:
        """When a window ends."""
        return counter_store.read(self.database, key, time.time())[1]

    def check(self) -> bool:
        """The database is there or nothing works."""
        return True

    def reset(self) -> int | None:
        """Forget all counts."""
        return counter_store.forget(self.database, None)

    def clear(self, key: str) -> None:
        """Forget one count."""
        counter_store.forget(self.database, key)


class Throttle:
    """Refuses what comes too often from one place or for one name."""

    def __init__(self, database: Database) -> None:
        self._limiter = FixedWindowRateLimiter(DatabaseCounters(database))
        self._unsaid: Counter[tuple[str, ...]] = Counter()
        self._shut: dict[tuple[str, ...], float] = {}
        self._lock = threading.Lock()

    def sample_or_raise(self, per_minute: int, *who: str) -> None:
        """Count one, telling the database only of every twentieth: cheap enough for every request."""
        with self._lock:
            self._unsaid[who] += 1
            full = self._unsaid[who] >= SAMPLE
            if full:
                del self._unsaid[who]
            shut = self._shut.get(who, 0.0) - time.time()
        if 0 < shut <= MINUTE:  # what was shut for longer was shut under another clock
            raise TooMany(OFTEN, retry_after=max(1, round(shut)))
        item = RateLimitItemPerMinute(per_minute)
        if full and not self._limiter.hit(item, *who, cost=SAMPLE):
            ends = self._limiter.get_window_stats(item, *who).reset_time
            with self._lock:
                self._shut[who] = ends
            raise TooMany(OFTEN, retry_after=max(1, round(ends - time.time())))

    def pass_or_raise(self, per_minute: int, *who: str) -> None:
        """Count one; TooMany once the minute's share is used up."""
        item: RateLimitItem = RateLimitItemPerMinute(per_minute)
        if not self._limiter.hit(item, *who):
            after = max(1, round(self._limiter.get_window_stats(item, *who).reset_time - time.time()))
            raise TooMany(OFTEN, retry_after=after)

    def forgive(self, per_minute: int, *who: str) -> None:
        """Forget what was counted: it was meant against those who guess, and this one knew."""
        self._limiter.clear(RateLimitItemPerMinute(per_minute), *who)
