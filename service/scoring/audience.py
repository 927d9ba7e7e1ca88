"""Whom a reader is told what as."""

from pipelines.explanation import Audience
from service.core.permissions import Reader, can


def audience_of(reader: Reader, school: str) -> Audience:
    """Whom a reader is told what as: figures for those who may see them, else what staff are told."""
    if reader.via == "command" or can(reader, "figures.read", school):
        return Audience.figures
    return Audience.export if reader.via == "token" else Audience.staff
