"""What is written about a pupil is read at once, on both databases, each kind as it was kept."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.schools import keeping as schools
from service.support import decisions as decided
from service.support import notes as said
from service.support import support_store
from service.support import supports as given
from service.support.notes import VoiceGiven
from service.support.support_rows import VoiceRow
from service.support.supports import ReviewFound, SupportPlan
from service.support.words import Decision, Known, Leaning, Next, Went
from testbed.deployments import caller, open_deployment
from tests.postgres import OwnDatabase, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]
OWN, PUPIL, OTHER_PUPIL, TERM = "999001", "p" + "1" * 20, "p" + "2" * 20, "2026-summer"


@pytest.fixture(params=["sqlite", "postgresql"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    database: OwnDatabase | None = (
        request.getfixturevalue("postgres") if request.param == "postgresql" else None
    )
    with open_deployment(tmp_path / "home", database) as made:
        schools.register(command_caller(made), OWN, name="Own", phase="secondary", mis="sims")
        yield made


def test_each_kind_comes_back_as_it_was_kept(deployment: Deployment) -> None:
    lead = caller(deployment, "inclusion_lead", [OWN])
    with lead.writing() as tx:
        plan = SupportPlan("Mentor", "Ms Green", date(2026, 9, 7), until=date(2026, 12, 18))
        support = given.begin(tx, lead.reader, OWN, PUPIL, plan)
        found = ReviewFound(date(2026, 10, 5), Went.better, Next.carry_on, "Calmer.")
        given.keep_review(tx, lead.reader, OWN, support, found)
        said.write_voice(tx, lead.reader, OWN, PUPIL, VoiceGiven(helps="Drawing", read_back=True))
        said.write_note(tx, lead.reader, OWN, PUPIL, "Mornings are hard.", restricted=True)
        said.say_known(tx, lead.reader, OWN, PUPIL, "tutor")
        decided.record_view(tx, lead.reader, OWN, PUPIL, TERM, Leaning.fine, "Settled")
        decided.decide(
            tx, lead.reader, OWN, PUPIL, TERM, kind=Decision.support, known=Known.new, support_id=support
        )
        decided.decide(tx, lead.reader, OWN, PUPIL, TERM, kind=Decision.already, known=Known.known)
        said.write_note(tx, lead.reader, OWN, OTHER_PUPIL, "Another pupil's.", restricted=False)
    with lead.writing() as tx:
        rows = support_store.written(unaudited(tx, "a test"), OWN, PUPIL)
        (kept,) = given.supports_in(rows)
        assert (kept.until, kept.ends, kept.review_on) == (date(2026, 12, 18), None, date(2026, 11, 16))
        assert [review.words for review in kept.reviews] == ["Calmer."]
        assert [(voice.helps, voice.read_back) for voice in said.voices_in(rows)] == [("Drawing", True)]
        notes = said.notes_in(rows, tx, lead.reader, OWN, PUPIL)
        assert [(note.words, note.restricted) for note in notes] == [("Mornings are hard.", True)]
        assert [each.how for each in said.knowing(rows)] == ["tutor"]
        assert [view.words for view in decided.views_in(rows, TERM)] == ["Settled"]
        assert decided.views_in(rows, "2026-spring") == []
        assert decided.decisions_in(rows)[TERM].kind is Decision.already
        assert notes[0].at.tzinfo is not None
        assert support_store.written(unaudited(tx, "a test"), "999002", PUPIL).of(VoiceRow) == []
