"""Telling whoever watches how far a long piece of work is."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]


def tell(progress: Progress | None, text: str, done: int, total: int) -> None:
    """Say how far the work is, where someone listens."""
    if progress is not None:
        progress(text, done, total)
