"""An erasure, an objection, a pause, an undo or a promotion wins against whatever was begun before it.

Each act is done at each place between computing and committing where another person could do it.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select

from data_contracts.errors import BelongError, Held
from data_contracts.schools import School
from pipelines.load import LoadRequest
from pipelines.load.plan import plan_load
from pipelines.train import Trained
from service.app.worker import Worker
from service.core import holding, job_store
from service.core.audit import unaudited
from service.core.base import new_id, now
from service.core.callers import Caller, command_caller
from service.core.holding import Overtaken
from service.core.job_rows import JobRow
from service.core.permissions import NotFound
from service.lists.rule_list import rule_list
from service.models import learning
from service.records import lake_store, roll_store
from service.rights import erasing, exporting, life_store, marking
from service.schools import keeping as schools
from service.scoring import score_store
from service.scoring.publishing import compute_scores, publish
from service.scoring.score_rows import PublicationRow, ScoreRow
from service.scoring.watch import look
from service.uploads.commits import commit_load, to_commit
from service.uploads.receiving import PUBLISH, RESCORE, undo_load
from service.uploads.upload_rows import UploadRow
from testbed.deployments import caller
from testbed.hanging import HANGS_AFTER, wait_until
from testbed.seeds import trained_once
from tests.lake.worlds import TODAY, frames
from tests.life.living import COUNT, SCHOOLS, TERMS, Living, upn
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")
OWN, OTHER = SCHOOLS
TERM = TERMS[-1]
Act = Callable[[Living], None]


@dataclass
class Seam:
    """Runs an act once, when the work comes past a place whose name begins so."""

    place: str
    act: Callable[[], None]
    done: list[str] = field(default_factory=list)

    def __call__(self, text: str, _done: int = 0, _total: int = 0) -> None:
        if text.startswith(self.place) and not self.done:
            self.done.append(text)
            self.act()


def erase(records: Living) -> None:
    with suppress(Held):  # an upload in work holds it up; then the pupil stays a pupil
        erasing.erase(records.dpo, records.pupil)


def object_(records: Living) -> None:
    marking.mark(records.dpo, records.pupil, "objection")


def pause(records: Living) -> None:
    schools.pause(caller(records.deployment, "dpo", SCHOOLS), OWN, "Something is wrong.")


def undo(records: Living) -> None:
    undo_load(caller(records.deployment, "inclusion_lead", SCHOOLS), f"l{OWN}{TERM}")


def promote(records: Living) -> None:
    registry = records.deployment.registry
    trained, _ = trained_once()
    model_id = registry.add(replace(trained, manifest={**trained.manifest, "model_id": "a-newer-model"}))
    registry.promote(model_id, "Test", "newer", force_reason="simulated")


ACTS: dict[str, Act] = {
    "erase": erase, "object": object_, "pause": pause, "undo": undo, "promote": promote,
}  # fmt: skip


def _again(work: Callable[[], None]) -> None:
    """As a worker does: what was overtaken is computed once more; what is refused is not."""
    for _ in range(2):
        try:
            work()
        except Overtaken:
            continue
        except BelongError:
            return
        return


def score(records: Living, seam: Seam) -> None:
    """Compute and publish, as the command line does."""
    machine = command_caller(records.deployment)

    def work() -> None:
        made = compute_scores(machine, look(machine, TERM), OWN, TERM, progress=seam)
        assert made is not None
        seam("computed")
        with machine.writing() as tx:
            publish(tx, machine, made, by="T")

    _again(work)


def upload(records: Living, seam: Seam) -> None:
    """The publishing step of an upload, in a worker."""
    row = UploadRow(
        id=new_id("u"), school=OWN, term=TERM, by="a", status="running", created_at=now(), files=[], held=[],
        counts={}, extracts=[], load_id=f"l{OWN}{TERM}",
    )  # fmt: skip
    with records.dpo.writing() as tx:
        tx.add(row)
    _work(records, "upload", row.id, {}, seam)


def rescore(records: Living, seam: Seam) -> None:
    """What an undo asks for, in a worker."""
    _work(records, RESCORE, f"l{OWN}{TERM}", {"term": TERM, "by": "a"}, seam)


def _work(records: Living, kind: str, subject: str, payload: dict[str, str], seam: Seam) -> None:
    job = JobRow(
        id=new_id("j"), kind=kind, school=OWN, subject=subject, step=PUBLISH, state=job_store.WAITING,
        payload=payload, dedupe=new_id("d"), created_at=now(),
    )  # fmt: skip
    worker = Worker(records.deployment, checkpoint=seam)
    with records.dpo.writing() as tx:
        job_store.enqueue(tx, job)

    def done() -> bool:  # an overtaken job is taken up again after a pause
        worker.work_once()
        with records.deployment.database.reading() as tx:
            return set(job_store.counts(tx)) <= {job_store.DONE}

    wait_until(done, "the work to end")


WAYS = {
    "score": (score, ("Indicators", "Scores", "computed")),
    "upload": (upload, ("scored",)),
    "rescore": (rescore, ("scored again",)),
}
EVERY = [(way, place, act) for way, (_, places) in WAYS.items() for place in places for act in ACTS]


def _figures(records: Living, pupil: str) -> list[ScoreRow]:
    """Whatever says something about a pupil, in anything ever published."""
    with records.deployment.database.reading(SCHOOLS) as tx:
        rows = tx.scalars(select(ScoreRow).where(ScoreRow.pupil_id == pupil, ScoreRow.school.in_(SCHOOLS)))
        return [row for row in rows if row.flagged or row.log_odds is not None or row.values is not None]


def _live(records: Living, school: str = OWN) -> list[PublicationRow]:
    with records.deployment.database.reading(SCHOOLS) as tx:
        return [row for row in score_store.publications(tx, school) if row.term == TERM]


def _on_roll(records: Living, pupil: str) -> bool:
    with records.deployment.database.reading(SCHOOLS) as tx:
        return bool(roll_store.roll(unaudited(tx, "a test"), pupil, SCHOOLS))


def _check(records: Living, act: str, before: list[PublicationRow]) -> None:
    live = _live(records)
    if act == "erase":
        assert not (_figures(records, records.pupil) and not _on_roll(records, records.pupil))
    elif act == "object":
        assert _figures(records, records.pupil) == []
    elif act == "pause":
        assert [row.id for row in live] == [row.id for row in before]
    elif act == "undo":
        assert live == []
    else:
        assert [row.model_id for row in live] == [records.deployment.registry.serving()]
    if act in ("erase", "object") and live[0].id != before[0].id:
        with records.deployment.database.reading(SCHOOLS) as tx:
            flagged = score_store.flagged_scores(unaudited(tx, "a test"), live[0])
        assert len(flagged) <= live[0].places, "a place was given twice"


def _meet(records: Living, way: str, place: str, act: str) -> None:
    before = _live(records)
    seam = Seam(place, lambda: ACTS[act](records))
    WAYS[way][0](records, seam)
    assert seam.done, f"the work never came past {place!r}"
    _check(records, act, before)


@pytest.mark.parametrize(("way", "place", "act"), EVERY)
def test_what_is_taken_away_meanwhile_is_not_published(
    records: Living, way: str, place: str, act: str
) -> None:
    _meet(records, way, place, act)


@pytest.mark.postgres
@pytest.mark.parametrize("records", ["postgresql"], indirect=True)
@pytest.mark.parametrize("act", sorted(ACTS))
def test_nor_is_it_on_postgres(records: Living, act: str) -> None:
    _meet(records, "score", "computed", act)


@BOTH
def test_a_dropped_pupil_leaves_their_place_empty(records: Living) -> None:
    """Who comes next is found by the next scoring; nobody is moved up unseen."""
    machine = command_caller(records.deployment)
    made = compute_scores(machine, look(machine, TERM), OWN, TERM)
    assert made is not None
    listed = {row["pupil_id"] for row in made.rows if row["flagged"]}
    gone = sorted(listed)[0]
    marking.mark(records.dpo, gone, "restricted")
    with machine.writing() as tx:
        published = publish(tx, machine, made, by="T")
        live = score_store.publication(tx, OWN, TERM)
        assert live is not None
        assert {
            row.pupil_id for row in score_store.flagged_scores(unaudited(tx, "a test"), live)
        } == listed - {gone}
    assert published.flags == len(listed) - 1


def _moved(records: Living) -> None:
    """The first pupil of the one school comes to the other: the same UPN in its next files."""
    machine, deployment = command_caller(records.deployment), records.deployment
    good = frames(OTHER, TERM, COUNT)
    for frame in good.values():
        frame.loc[frame["upn"] == upn(OTHER, 0), "upn"] = upn(OWN, 0)
    request = LoadRequest(new_id("l"), School(OTHER, "Other", "secondary", "sims", True), [], TERM, "T", True)
    with machine.reading() as tx:
        view, aliases = (
            lake_store.live_view(tx, deployment.lake, machine.reader.schools),
            lake_store.StoredAliases(tx),
        )
        made = plan_load(good, request, deployment.lake, view, aliases, deployment.home.alias_key(), TODAY)
        load = to_commit(tx, request.load_id, OTHER, made, by="T")
    with machine.writing() as tx:
        commit_load(tx, machine, load)


@BOTH
@pytest.mark.parametrize("moves", ["before the objection", "after the objection"])
def test_an_objection_goes_with_the_pupil_who_moves(records: Living, moves: str) -> None:
    """Made where they were, by an officer who does not reach where they are."""
    machine, former = command_caller(records.deployment), caller(records.deployment, "dpo", [OWN])
    if moves.startswith("before"):
        _moved(records)
        score_at(machine, OTHER)
        assert _figures(records, records.pupil)
    marking.mark(former, records.pupil, "objection")
    if moves.startswith("after"):
        _moved(records)
    assert _figures(records, records.pupil) == []
    score_at(machine, OTHER)
    assert _figures(records, records.pupil) == []
    new = caller(records.deployment, "inclusion_lead", [OTHER])
    with new.reading() as tx:
        assert records.pupil in {
            row.pupil_id for row in roll_store.roll_of(unaudited(tx, "a test"), OTHER, TERM)
        }
    shown = {line.pupil_id for line in rule_list(new, OTHER, TERM).lines}
    assert records.pupil not in shown


def score_at(machine: Caller, school: str) -> None:
    made = compute_scores(machine, look(machine, TERM), school, TERM)
    assert made is not None
    with machine.writing() as tx:
        publish(tx, machine, made, by="T")


def _line_of(records: Living) -> str:
    lead = caller(records.deployment, "inclusion_lead", SCHOOLS)
    lines = rule_list(lead, OWN, TERM).lines
    assert lines, "the rule names somebody"
    return lines[0].pupil_id


@pytest.mark.parametrize("act", ["erase", "object", "pause"])
def test_the_rule_names_nobody_who_went_while_points_were_counted(records: Living, act: str) -> None:
    chosen = _line_of(records)
    one = Living(records.deployment, records.dpo, chosen, records.other)
    seam = Seam("Counting", lambda: ACTS[act](one))
    lead = caller(records.deployment, "inclusion_lead", SCHOOLS)
    try:
        shown = {line.pupil_id for line in rule_list(lead, OWN, TERM, seam).lines}
    except Held:
        shown = set()
    assert seam.done
    assert chosen not in shown


@BOTH
@pytest.mark.parametrize("act", ["erase", "object"])
def test_whoever_takes_away_waits_for_a_publication_under_way(records: Living, act: str) -> None:
    """Two transactions side by side: the later one sees what the earlier one wrote, and takes it away too."""
    machine = command_caller(records.deployment)
    made = compute_scores(machine, look(machine, TERM), OWN, TERM)
    assert made is not None
    acting = threading.Thread(target=ACTS[act], args=(records,))
    with machine.writing() as tx:
        publish(tx, machine, made, by="T")
        acting.start()
        acting.join(0.5)
        assert acting.is_alive(), "it did not wait"
    acting.join(HANGS_AFTER)
    assert not acting.is_alive()
    assert _figures(records, records.pupil) == []


@BOTH
def test_a_copy_is_not_prepared_of_somebody_who_is_being_erased(records: Living) -> None:
    refused: list[BelongError] = []

    def prepare() -> None:
        try:
            exporting.prepare(records.dpo, records.pupil)
        except BelongError as error:
            refused.append(error)

    preparing = threading.Thread(target=prepare)
    with records.dpo.writing() as tx:
        holding.to_take_away(tx)
        life_store.erase_pupil(unaudited(tx, "a test"), records.pupil, SCHOOLS)
        preparing.start()
        preparing.join(0.5)
        assert preparing.is_alive(), "it did not wait"
    preparing.join(HANGS_AFTER)
    assert isinstance(refused[0], NotFound)
    with records.dpo.reading() as tx:
        assert life_store.exports_of(tx, records.pupil, SCHOOLS) == []


@pytest.mark.parametrize("act", ["erase", "object", "undo"])
def test_nothing_is_learned_from_whoever_went_while_it_was_learned(records: Living, act: str) -> None:
    trained, _ = trained_once()
    learned_from: list[set[tuple[str, str]]] = []

    def make(given: learning.Gathered) -> Trained:
        learned_from.append(set(zip(given.matrix["pupil_id"], given.matrix["term"], strict=True)))
        if len(learned_from) == 1:
            ACTS[act](records)
        return replace(trained, manifest={**trained.manifest, "model_id": f"try-{len(learned_from)}"})

    told = learning.keep_trained(
        command_caller(records.deployment), "a test", records.deployment.config(), 7, make, None
    )
    lost = {(records.pupil, TERM)} if act == "undo" else {(records.pupil, term) for term in TERMS}
    assert lost <= learned_from[0]
    assert lost.isdisjoint(learned_from[-1])
    assert told["model_id"] == "try-2"
    assert [m["model_id"] for m in records.deployment.registry.models()][1:] == ["try-2"]
