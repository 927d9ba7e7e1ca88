"""How long records live, and what the people they are about may ask for."""

from service.rights import (
    confirming,
    correcting,
    deletion_store,
    erasing,
    ledger,
    life_store,
    retention,
    sweeping,
    unusual,
)
from service.rights.confirming import AnotherWaits, HeldBack
from service.rights.correcting import stored
from service.rights.erasing import LEDGER
from service.rights.policy import schedule
from service.rights.request_words import WAITS_WORDS
from service.rights.rotating import NEXT_KEY
from service.rights.stored_words import Stored
from service.rights.tables import metadata

__all__ = [
    "LEDGER",
    "NEXT_KEY",
    "WAITS_WORDS",
    "AnotherWaits",
    "HeldBack",
    "Stored",
    "confirming",
    "correcting",
    "deletion_store",
    "erasing",
    "ledger",
    "life_store",
    "metadata",
    "retention",
    "schedule",
    "stored",
    "sweeping",
    "unusual",
]
