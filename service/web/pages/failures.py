"""The page that says in words what did not work and what to do."""

from dataclasses import dataclass
from typing import ClassVar

from service.web.rendering import Page


@dataclass(frozen=True)
class MessagePage(Page):
    """A message with a way back."""

    template: ClassVar[str] = "message.html"

    words: str
    hint: str = ""
    back: str = "/"
    back_words: str = "Go to the start"
