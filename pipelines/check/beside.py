"""Tables that a file gives in passing, beside the one it was made for: a report made for it stands."""

from data_contracts.reading.extract import Extract

_IN_PASSING = {"pupils": "attendance_summary", "sen": "pupils"}  # table → what it stands beside


def in_passing(extract: Extract) -> bool:
    """True where a report made for something else gives this table too."""
    return _IN_PASSING.get(extract.table) in extract.beside


_SAID = {
    "pupils": "The pupils in this file were not taken, because another file is the pupils extract.",
    "sen": "The SEN columns of this file were not taken, because another file is the SEN report.",
}


def without_repeats(extracts: list[Extract]) -> list[Extract]:
    """`extracts` without what another file of the set was made for; said in the evidence of what stays."""
    made_for = {extract.table for extract in extracts if not in_passing(extract)}
    left_out = [each for each in extracts if in_passing(each) and each.table in made_for]
    kept = [each for each in extracts if not any(each is other for other in left_out)]
    for extract in left_out:
        for other in (each for each in kept if each.file == extract.file):
            other.evidence.append(_SAID[extract.table])
    return kept
