"""Who may have a figure at this moment: read again wherever one is published, learned from or handed out.

Figures take minutes to make. Whoever is erased or objects meanwhile has none when they are done.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from service.core import engine, holding
from service.core.audit import Event, audit_store
from service.core.engine import Transaction, widened
from service.core.holding import Overtaken
from service.records import roll_store


def kept_out(tx: Transaction) -> set[str]:
    """Pupils with a mark at any school of the deployment: an objection goes with the pupil who moves."""
    everywhere = engine.all_urns(tx)
    with widened(tx, everywhere):
        return roll_store.do_not_score(tx, everywhere)


def may_have_figures(tx: Transaction, school: str) -> set[str]:
    """Pupils on a school's roll whom no mark keeps out; it holds until the transaction ends."""
    holding.while_it_stands(tx)
    return roll_store.pupils_on_roll(tx, school) - kept_out(tx)


@contextmanager
def records_read() -> Iterator[None]:
    """Overtaken where an erasure rewrites the lake's files while they are read; what is read next is without."""
    try:
        yield
    except FileNotFoundError as gone:
        raise Overtaken("Records were taken away while they were read.", hint="Do it once more.") from gone


def moment(tx: Transaction) -> int:
    """When records are gathered: the number of the audit log's newest event, for `taken_away` later."""
    holding.while_it_stands(tx)
    return audit_store.newest(tx)


def taken_away(tx: Transaction, since: int) -> set[str]:
    """Pupils who were erased since a moment, or whom a mark keeps out now. It holds until the transaction ends.

    Only since then: a pupil who comes back after an erasure is loaded anew under the same pupil_id.
    """
    holding.while_it_stands(tx)
    return kept_out(tx) | audit_store.subjects(tx, Event.PUPIL_ERASED, after=since)
