"""The registry refuses whatever it does not know, and never unpickles anything."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import joblib
import pytest

from data_contracts.errors import Refused
from model import arrays, bundle
from pipelines.registry import Registry
from pipelines.train import Trained
from testbed.simulated import SCHOOLS

pytestmark = pytest.mark.xdist_group("trained")


class Bomb:
    """Unpickling this writes a file: proof that something was unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return _explode, (self.path,)


def _explode(path: Path) -> None:
    path.write_text("unpickled")


@pytest.fixture
def registry(tmp_path: Path, trained: Trained) -> Registry:
    made = Registry(str(tmp_path / "registry"))
    made.add(trained)
    return made


def _folder(tmp_path: Path, trained: Trained) -> Path:
    return tmp_path / "registry" / "models" / trained.model_id


def test_a_promoted_model_comes_back_as_it_was(registry: Registry, trained: Trained) -> None:
    assert registry.serving() is None
    registry.promote(trained.model_id, "Ann Lead", "first model", force_reason="test")
    assert registry.serving() == trained.model_id
    loaded = registry.load(trained.model_id)
    assert bundle.dump(loaded.model) == bundle.dump(trained.model)
    assert loaded.manifest == trained.manifest
    assert registry.report(trained.model_id) == trained.report
    assert registry.events()[-1]["by"] == "Ann Lead"


def test_adding_twice_changes_nothing(registry: Registry, trained: Trained) -> None:
    registry.add(trained)
    assert len(registry.events()) == 1


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("Ann", " ")])
def test_promotion_needs_a_name_and_a_reason(
    registry: Registry, trained: Trained, by: str, reason: str
) -> None:
    with pytest.raises(Refused, match="by a named person"):
        registry.promote(trained.model_id, by, reason)


def test_failed_gates_hold_a_model_back(tmp_path: Path, trained: Trained) -> None:
    gates = {"passed": False, "gates": [{"gate": "Ranking", "passed": False}]}
    worse = Trained(trained.model, {**trained.manifest, "gates": gates}, trained.report)
    registry = Registry(str(tmp_path / "other"))
    registry.add(worse)
    with pytest.raises(Refused, match="Ranking"):
        registry.promote(worse.model_id, "Ann", "we want it")
    registry.promote(worse.model_id, "Ann", "we want it", force_reason="agreed by the board")
    assert registry.events()[-1]["forced"] == "agreed by the board"


def test_another_model_serves_only_after_it_was_compared_with_the_one_that_does(
    registry: Registry, trained: Trained
) -> None:
    passed = {"passed": True, "gates": []}
    later = _retold(trained, school_offset=0.2)
    for one, compared in ((later, None), (_retold(trained, school_offset=0.3), trained.model_id)):
        registry.add(
            Trained(one.model, {**one.manifest, "gates": passed, "compared_with": compared}, one.report)
        )
    registry.promote(trained.model_id, "Ann", "first", force_reason="test")
    with pytest.raises(Refused, match="was not compared with"):
        registry.promote(later.model_id, "Ann", "second")
    registry.promote(_retold(trained, school_offset=0.3).model_id, "Ann", "second")
    assert registry.serving() != trained.model_id


def test_bounds_are_announced_before_a_model_is_added(tmp_path: Path, trained: Trained) -> None:
    registry = Registry(str(tmp_path / "r"))
    registry.announce(trained.manifest["config"]["gates"], "Ann")
    registry.add(trained)
    first, second = registry.events()
    assert (first["event"], second["event"]) == ("announced", "added")
    assert first["bounds_sha256"] == second["bounds_sha256"]
    assert registry.models()[0]["model_id"] == trained.model_id


def test_a_report_changed_by_hand_is_not_shown(tmp_path: Path, registry: Registry, trained: Trained) -> None:
    path = _folder(tmp_path, trained) / "report.json"
    path.write_text(path.read_text().replace("holds", "hold", 1))
    with pytest.raises(Refused, match=r"report\.json"):
        registry.report(trained.model_id)


def test_a_file_that_is_no_event_breaks_the_chain(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "registry" / "events" / "000002.json").write_text("not an event")
    with pytest.raises(Refused, match="changed by hand"):
        registry.events()


def test_a_link_to_another_file_is_refused_by_its_bytes(
    tmp_path: Path, registry: Registry, trained: Trained
) -> None:
    marker, bomb = tmp_path / "marker", tmp_path / "bomb"
    joblib.dump(Bomb(marker), bomb)
    path = _folder(tmp_path, trained) / bundle.BUNDLE
    path.unlink()
    path.symlink_to(bomb)
    with pytest.raises(Refused, match="not opened"):
        registry.load(trained.model_id)
    assert not marker.exists()


def test_rollback_brings_the_one_before_back(registry: Registry, trained: Trained) -> None:
    later = _retold(trained, school_offset=0.2)
    registry.add(later)
    registry.promote(trained.model_id, "Ann", "first", force_reason="test")
    registry.promote(later.model_id, "Ann", "second", force_reason="test")
    assert registry.rollback("Ben", "lists went wrong") == trained.model_id
    assert registry.serving() == trained.model_id
    assert registry.rollback("Ben", "no model at all") is None
    assert registry.serving() is None
    with pytest.raises(Refused, match="nothing to withdraw"):
        registry.rollback("Ben", "again")


@pytest.mark.parametrize("name", [bundle.BUNDLE, bundle.JOBLIB])
def test_a_changed_file_is_refused_and_never_unpickled(
    tmp_path: Path, registry: Registry, trained: Trained, name: str
) -> None:
    proof = tmp_path / "proof"
    joblib.dump(Bomb(proof), _folder(tmp_path, trained) / name)
    with pytest.raises(Refused, match="not opened"):
        registry.load(trained.model_id) if name == bundle.BUNDLE else registry.joblib_file(trained.model_id)
    assert not proof.exists()


def test_a_data_teams_file_changed_by_hand_does_not_touch_what_serves(
    tmp_path: Path, registry: Registry, trained: Trained
) -> None:
    proof = tmp_path / "proof"
    joblib.dump(Bomb(proof), _folder(tmp_path, trained) / bundle.JOBLIB)
    assert bundle.dump(registry.load(trained.model_id).model) == bundle.dump(trained.model)
    assert not proof.exists()


def test_the_joblib_file_is_what_a_data_teams_own_programs_read(registry: Registry, trained: Trained) -> None:
    known = joblib.load(io.BytesIO(registry.joblib_file(trained.model_id)))
    assert arrays.same(known, arrays.from_json(bundle.dump(trained.model)))


@pytest.mark.parametrize("change", [{"synthetic": False}, {"format": 99}, {"bundle_sha256": "0" * 64}])
def test_a_changed_manifest_is_refused(
    tmp_path: Path, registry: Registry, trained: Trained, change: dict[str, object]
) -> None:
    path = _folder(tmp_path, trained) / bundle.MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(Refused, match="not the one the registry knows"):
        registry.load(trained.model_id)


def test_another_format_or_synthetic_mark_is_refused_even_with_a_known_hash(
    tmp_path: Path, trained: Trained
) -> None:
    folder = tmp_path / "m"
    digest = bundle.save(str(folder), trained.model, trained.manifest)
    with pytest.raises(Refused, match="trained on synthetic data"):
        bundle.load(str(folder), digest, synthetic=False)
    other = bundle.manifest_bytes({**trained.manifest, "format": 99})
    (folder / bundle.MANIFEST).write_bytes(other)
    with pytest.raises(Refused, match="format 99"):
        bundle.load(str(folder), bundle.sha256(other))


def test_other_library_versions_only_warn(tmp_path: Path, trained: Trained) -> None:
    older = {**trained.manifest, "versions": {"numpy": "1.0"}}
    digest = bundle.save(str(tmp_path / "m"), trained.model, older)
    with pytest.warns(UserWarning, match="numpy 1.0"):
        bundle.load(str(tmp_path / "m"), digest)


def test_a_manifest_of_another_model_is_not_saved(tmp_path: Path, trained: Trained) -> None:
    with pytest.raises(Refused, match="does not belong"):
        bundle.save(str(tmp_path / "m"), trained.model.calibrated(2, 0), trained.manifest)


def test_an_unknown_model_and_a_missing_file_are_refused(
    tmp_path: Path, registry: Registry, trained: Trained
) -> None:
    with pytest.raises(Refused, match="There is no model"):
        registry.load("m000")
    (_folder(tmp_path, trained) / bundle.MANIFEST).unlink()
    with pytest.raises(Refused, match="holds no manifest"):
        registry.load(trained.model_id)


def test_a_changed_or_removed_event_breaks_the_chain(
    tmp_path: Path, registry: Registry, trained: Trained
) -> None:
    registry.promote(trained.model_id, "Ann", "first", force_reason="test")
    first = sorted((tmp_path / "registry" / "events").iterdir())[0]
    kept = first.read_text()
    first.write_text(kept.replace("training", "somebody"))
    with pytest.raises(Refused, match="changed by hand"):
        registry.serving()
    first.unlink()
    with pytest.raises(Refused, match="changed by hand"):
        registry.events()


def test_the_bundle_holds_no_class_of_ours(trained: Trained) -> None:
    for data in (bundle.dump(trained.model), bundle.dump_joblib(trained.model)):
        assert b"AdditiveModel" not in data
        assert b"pipelines" not in data


def _retold(trained: Trained, *, school_offset: float) -> Trained:
    """Another model, honestly signed: the same table with another school offset."""
    model = trained.model.with_offsets({SCHOOLS[0]: school_offset})
    hashes = bundle.hashes(model)
    manifest = {**trained.manifest, **hashes, "model_id": f"m{hashes['bundle_sha256'][:12]}"}
    return Trained(model, manifest, trained.report)
