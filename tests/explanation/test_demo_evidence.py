"""The demo's own figures: every value of forty published pupils, counted again from evidence as JSON."""

import json
from pathlib import Path

import numpy as np
from sqlalchemy import select

from pipelines.explanation.evidence import evidence_of
from pipelines.explanation.records import records_of
from pipelines.indicators import catalogue
from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.records import roll_store, timeline_store
from service.scoring.score_rows import PublicationRow, ScoreRow
from tests.explanation.rebuilding import value_of

PUPILS = 40
NAMES = [indicator.name for indicator in catalogue()]
RETIRED = {indicator.name for indicator in catalogue() if indicator.retired}


def test_forty_pupils_of_the_demo(demo_home: Path) -> None:
    with Deployment.open(demo_home) as deployment:
        machine = command_caller(deployment)
        schools = machine.reader.schools
        with machine.reading() as tx:
            query = (
                select(ScoreRow, PublicationRow)
                .join(PublicationRow, PublicationRow.id == ScoreRow.publication_id)
                .where(PublicationRow.retired_at.is_(None), ScoreRow.values.is_not(None))
                .where(ScoreRow.school.in_(schools), ScoreRow.flagged)
                .order_by(ScoreRow.pupil_id)
            )
            scores = [(one, live) for one, live in tx.execute(query).all() if one.values][:PUPILS]
            assert len(scores) == PUPILS
            for score, live in scores:
                events = timeline_store.timeline_at(unaudited(tx, "a test"), score.pupil_id, schools, live)
                assert events == timeline_store.timeline(unaudited(tx, "a test"), score.pupil_id, schools)
                roll = roll_store.roll(unaudited(tx, "a test"), score.pupil_id, schools)
                records = records_of(events, score.as_of, score.term, school=score.school, roll=roll)
                names = [one["name"] for one in deployment.manifest(live.model_id)["indicators"]]
                assert names == [name for name in NAMES if name in names]
                assert set(NAMES) - set(names) <= RETIRED
                for name, value in zip(names, score.values, strict=True):
                    told = json.loads(json.dumps(evidence_of(name, records, value).as_dict()))
                    where = f"{name} of {score.pupil_id}, {score.term}: {value} {told}"
                    assert told["kept"] == "all" or (told["kept"] == "none" and value is None), where
                    again = value_of(told)
                    assert (again is None) == (value is None), where
                    if value is not None:
                        assert np.isclose(np.float32(again), np.float32(value), rtol=1e-5, atol=1e-4), where
