"""Schools: registered, paused, resumed; and who may score them."""

from service.schools import keeping, school_rows, school_store
from service.schools.keeping import who_resumes
from service.schools.lines import (
    MIS_WORDS,
    SchoolLine,
    as_line,
    in_order,
    known_school,
    loaded_terms,
    schools_of,
)
from service.schools.school_rows import SchoolRow

__all__ = [
    "MIS_WORDS",
    "SchoolLine",
    "SchoolRow",
    "as_line",
    "in_order",
    "keeping",
    "known_school",
    "loaded_terms",
    "school_rows",
    "school_store",
    "schools_of",
    "who_resumes",
]
