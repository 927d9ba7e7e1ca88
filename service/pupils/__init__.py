"""A pupil’s card: reasons with their records, the year, and what people write, decide and do from it."""

from service.pupils import card_parts
from service.pupils.cards import card_for, explanation_of

__all__ = ["card_for", "card_parts", "explanation_of"]
