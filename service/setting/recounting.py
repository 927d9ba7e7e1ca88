"""Counting every school's terms anew, after a release changed what is counted."""

from service.callers import Caller
from service.db import school_store
from service.setting.keeping import keep_setting


def recount(caller: Caller) -> int:
    """Count all loaded terms of all the caller's schools anew, a term in a transaction; how many there were."""
    terms = 0
    for urn in sorted(caller.reader.schools):
        with caller.reading() as tx:
            loaded = school_store.loaded_terms(tx, urn)
        for term in loaded:
            with caller.writing() as tx:
                keep_setting(tx, urn, term)
            terms += 1
    return terms
