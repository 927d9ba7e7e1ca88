"""Bodies about a term’s list."""

from datetime import date

from service.shell.bodies import Body


class FlagResponse(Body):
    """A suggestion: a support review of this pupil this term. Never a rank."""

    pupil_id: str
    new: bool
    flag_list: str | None
    nc_year: str | None
    registration_group: str | None
    left_on: date | None
    themes: list[str]


class AbstainedResponse(Body):
    """A pupil for whom nothing can be said, and why."""

    pupil_id: str
    reason: str


class FlagsResponse(Body):
    """A page of a school's list, in name order."""

    school: str
    term: str
    as_of: date | None
    model_id: str
    synthetic: bool
    places: int
    ends_on: date
    ended: bool
    flags: list[FlagResponse]
    abstained: list[AbstainedResponse]
    next: str | None
