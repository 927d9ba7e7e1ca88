"""A school's own types of incident by the command line: what waits, and answers from a file."""

from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from data_contracts.reading.answers import read_answers
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.rights import correcting
from service.schools import known_school
from service.uploads import types


def waiting_types(home: Path, school: str) -> dict[str, Any]:
    """{waiting: type → rows, answered: plain word → code} of a school; what an earlier release stored is asked too."""
    with Deployment.open(home) as deployment:
        caller = command_caller(deployment)
        with caller.reading() as tx:
            known_school(tx, school)
            waiting, answered = types.waiting(caller, tx, school), types.given(tx, school)
        stored = correcting.stored(caller, {school}).get(school)
        return {"waiting": {**(stored.new if stored else {}), **waiting}, "answered": answered}


def set_types(home: Path, school: str, file: Path) -> dict[str, Any]:
    """Keep a file's answers; {answered: how many, waiting: what still waits}."""
    try:
        data = file.read_bytes()
    except OSError as problem:
        raise Refused(
            f"{file} can't be opened.", hint="Begin one with: belong types list --answers FILE"
        ) from problem
    answers = read_answers(data, file.name)
    with Deployment.open(home) as deployment:
        caller = command_caller(deployment)
        with caller.reading() as tx:
            known_school(tx, school)
        count = types.answer(caller, school, answers)
        with caller.reading() as tx:
            return {"answered": count, "waiting": types.waiting(caller, tx, school)}
