"""The registry: every model ever trained, which one serves, and who decided so. Nothing is ever overwritten.

`root` (a path or fsspec URL) holds `models/<model_id>/` and `events/<number>.json`. Each event carries the
sha256 of the one before it, so a changed or removed event breaks the chain and everything is refused.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fsspec

from data_contracts.errors import Refused
from model import bundle
from model.additive import AdditiveModel
from pipelines.train import Trained

ANNOUNCED, ADDED, PROMOTED, ROLLED_BACK = "announced", "added", "promoted", "rolled_back"
CONVERTED = "converted"
REPORT, CARD = "report.json", "card.json"
FORMAT_ONE, CONVERTED_MANIFEST = 1, "manifest.format2.json"


@dataclass(frozen=True)
class Loaded:
    """A model out of the registry, its hashes checked."""

    model: AdditiveModel
    manifest: dict[str, Any]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Registry:
    """Append-only: models are added, promoted and rolled back, each by an event that names a person."""

    def __init__(self, root: str, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(str(root))
        self._now = now

    def announce(self, bounds: Mapping[str, Any], by: str) -> None:
        """Write down, before anything is fitted, the bounds a training will be judged by."""
        self._append(ANNOUNCED, "", by, "", bounds=dict(bounds), bounds_sha256=_digest(bounds))

    def add(self, trained: Trained, *, by: str = "training") -> str:
        """Store a trained model with report and card; returns its id. Adding it again changes nothing."""
        model_id = trained.model_id
        if any(event["model_id"] == model_id for event in self.events() if event["event"] == ADDED):
            return model_id
        folder = f"{self._root}/models/{model_id}"
        digest = bundle.save(self._fs.unstrip_protocol(folder), trained.model, trained.manifest)
        beside = {REPORT: trained.report, **({} if trained.card is None else {CARD: trained.card})}
        for name, content in beside.items():
            self._fs.pipe_file(f"{folder}/{name}", bundle.manifest_bytes(content))
        self._append(
            ADDED, model_id, by, "", manifest_sha256=digest, synthetic=bool(trained.manifest["synthetic"]),
            bounds_sha256=_digest(trained.manifest["config"]["gates"]),
            files={name: bundle.sha256(bundle.manifest_bytes(content)) for name, content in beside.items()},
        )  # fmt: skip
        return model_id

    def promote(self, model_id: str, by: str, reason: str, *, force_reason: str = "") -> None:
        """Let a model serve. Raises Refused without a name and a reason, and where a gate does not hold
        unless `force_reason` says why it may serve all the same (which is kept for ever)."""
        _named(by, reason)
        manifest = self.manifest(model_id)
        if not force_reason.strip():
            _check_gates(manifest)
            self._check_compared(manifest)
        self.load(model_id)
        self._append(PROMOTED, model_id, by, reason, forced=force_reason.strip())

    def rollback(self, by: str, reason: str) -> str | None:
        """Let the model serve that served before the present one; None where there was none."""
        _named(by, reason)
        served = self._served()
        if not served:
            raise Refused("No model is in use, so there is nothing to withdraw.")
        previous = served[-2] if len(served) > 1 else None
        self._append(ROLLED_BACK, previous or "", by, reason)
        return previous

    def serving(self) -> str | None:
        """Id of the model that serves; None before the first promotion."""
        served = self._served()
        return served[-1] if served else None

    def load(self, model_id: str) -> Loaded:
        """The model and its manifest; raises Refused for unknown ids and anything whose hash does not fit."""
        event = self._added(model_id)
        model, manifest = bundle.load(
            self._folder(model_id),
            event["manifest_sha256"],
            synthetic=event["synthetic"],
            name=event["manifest"],
        )
        return Loaded(model, manifest)

    def joblib_file(self, model_id: str) -> bytes:
        """The bytes of the joblib file kept for a data team, its hash checked; it is not opened."""
        return bundle.load_joblib(self._folder(model_id), self.manifest(model_id))

    def manifest(self, model_id: str) -> dict[str, Any]:
        """The manifest alone, hash checked."""
        event = self._added(model_id)
        return bundle.load_manifest(self._folder(model_id), event["manifest_sha256"], event["manifest"])

    def old_models(self) -> dict[str, Loaded]:
        """Every model still kept in the first release's format, read without running anything in its file.

        Raises Refused where such a file holds anything but plain arrays. A model whose folder was taken away
        is left out, unless it serves.
        """
        found = {}
        for model_id in [event["model_id"] for event in self.events() if event["event"] == ADDED]:
            if self._gone(model_id):
                continue
            folder, event = self._folder(model_id), self._added(model_id)
            digest = event["manifest_sha256"]
            if bundle.manifest_format(folder, digest, event["manifest"]) == FORMAT_ONE:
                found[model_id] = Loaded(*bundle.load_format_one(folder, digest))
        return found

    def convert(self, model_id: str, old: Loaded, by: str) -> None:
        """Keep a model of `old_models` in today's format, beside the old files, and say so in the chain.

        The id stays, and whoever serves goes on: the event alone makes the new files count.
        """
        manifest = {
            **old.manifest, "format": bundle.FORMAT, "bundle_sha256": bundle.sha256(bundle.dump(old.model)),
            "joblib_sha256": old.manifest["bundle_sha256"],
            "converted_from": {"format": FORMAT_ONE, "manifest_sha256": self._added(model_id)["manifest_sha256"]},
        }  # fmt: skip
        folder = f"{self._root}/models/{model_id}"
        self._fs.pipe_file(f"{folder}/{bundle.BUNDLE}", bundle.dump(old.model))
        self._fs.pipe_file(f"{folder}/{CONVERTED_MANIFEST}", bundle.manifest_bytes(manifest))
        new = bundle.sha256(bundle.manifest_bytes(manifest))
        loaded, _ = bundle.load(self._folder(model_id), new, name=CONVERTED_MANIFEST)
        bundle.check_joblib(bundle.load_joblib(self._folder(model_id), manifest), loaded)
        self._append(CONVERTED, model_id, by, "", manifest=CONVERTED_MANIFEST, manifest_sha256=new)

    def report(self, model_id: str) -> dict[str, Any]:
        """The evaluation kept with the model."""
        return self._json(model_id, REPORT) or {}

    def card(self, model_id: str) -> dict[str, Any] | None:
        """The model card, None where none was made."""
        return self._json(model_id, CARD)

    def models(self) -> list[dict[str, Any]]:
        """Every model added, oldest first: id, when, by whom, synthetic, whether it serves."""
        serving = self.serving()
        return [
            {"model_id": e["model_id"], "at": e["at"], "by": e["by"], "synthetic": e["synthetic"],
             "serving": e["model_id"] == serving}
            for e in self.events() if e["event"] == ADDED
        ]  # fmt: skip

    def events(self) -> list[dict[str, Any]]:
        """All events, oldest first. Raises Refused where the chain of hashes is broken."""
        folder = f"{self._root}/events"
        if not self._fs.exists(folder):
            return []
        self._fs.invalidate_cache(folder)
        events, before = [], ""
        for number, path in enumerate(sorted(self._fs.ls(folder, detail=False)), start=1):
            data = bytes(self._fs.cat_file(path))
            event = _event(data)
            if event.get("number") != number or event.get("before") != before:
                raise Refused(
                    f"The model registry was changed by hand: event {number} does not follow from the last.",
                    hint="Restore the registry folder from a backup.",
                )
            events.append(event)
            before = bundle.sha256(data)
        return events

    def _check_compared(self, manifest: Mapping[str, Any]) -> None:
        """Refuse a model that was not compared with the one that serves now, on the same pupils."""
        serving = self.serving()
        if serving is not None and serving not in (manifest["model_id"], manifest.get("compared_with")):
            raise Refused(
                f"The model {manifest['model_id']} was not compared with {serving}, which is in use now.",
                hint="Train again, so that both are judged on the same pupils; or return to an earlier model "
                "with: belong rollback",
            )

    def _served(self) -> list[str]:
        """The models that served in turn, rolled-back ones taken away."""
        served: list[str] = []
        for event in self.events():
            if event["event"] == PROMOTED and event["model_id"] not in served[-1:]:
                served.append(event["model_id"])
            elif event["event"] == ROLLED_BACK:
                served.pop()
        return served

    def _added(self, model_id: str) -> dict[str, Any]:
        """The event that added a model, with name and hash of the manifest that counts since a conversion."""
        added: dict[str, Any] = {}
        for event in self.events():
            if event["model_id"] == model_id and event["event"] == ADDED:
                added = {**event, "manifest": bundle.MANIFEST}
            elif event["model_id"] == model_id and event["event"] == CONVERTED:
                added |= {key: event[key] for key in ("manifest", "manifest_sha256")}
        if added:
            return added
        raise Refused(
            f"There is no model '{model_id}' in the registry.",
            hint="See `belong evaluate` for the newest one.",
        )

    def _gone(self, model_id: str) -> bool:
        return model_id != self.serving() and not self._fs.exists(f"{self._root}/models/{model_id}")

    def _append(self, kind: str, model_id: str, by: str, reason: str, **more: Any) -> None:
        events = self.events()
        last = bundle.sha256(self._event_bytes(len(events))) if events else ""
        event = {
            "number": len(events) + 1, "before": last, "event": kind, "model_id": model_id,
            "by": by, "reason": reason, "at": self._now().isoformat(timespec="seconds"), **more,
        }  # fmt: skip
        path = self._event_path(event["number"])
        self._fs.makedirs(f"{self._root}/events", exist_ok=True)
        try:
            with self._fs.open(path, "xb") as file:
                file.write(bundle.manifest_bytes(event))
        except FileExistsError:
            raise Refused("Someone else has just changed the model registry.", hint="Try again.") from None

    def _event_bytes(self, number: int) -> bytes:
        return bytes(self._fs.cat_file(self._event_path(number)))

    def _event_path(self, number: int) -> str:
        return f"{self._root}/events/{number:06d}.json"

    def _folder(self, model_id: str) -> str:
        return str(self._fs.unstrip_protocol(f"{self._root}/models/{model_id}"))

    def _json(self, model_id: str, name: str) -> dict[str, Any] | None:
        """A file kept beside the manifest, its hash checked; None where none was made."""
        known = self._added(model_id).get("files", {})
        path = f"{self._root}/models/{model_id}/{name}"
        if not self._fs.exists(path):
            return None
        data = bytes(self._fs.cat_file(path))
        if name in known and bundle.sha256(data) != known[name]:
            raise Refused(
                f"The {name} of model {model_id} is not the one the registry knows.",
                hint="Restore the model's folder from a backup.",
            )
        found: dict[str, Any] = json.loads(data)
        return found


def _digest(bounds: Mapping[str, Any]) -> str:
    return bundle.sha256(bundle.manifest_bytes(bounds))


def _event(data: bytes) -> dict[str, Any]:
    """An event's content; empty, and so no link of the chain, where it can't be read."""
    try:
        event = json.loads(data)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _check_gates(manifest: Mapping[str, Any]) -> None:
    gates = manifest["gates"]
    if not gates["passed"]:
        missed = "; ".join(_missed(gate) for gate in gates["gates"] if not gate["passed"])
        raise Refused(
            f"The model {manifest['model_id']} does not pass its gates: {missed}.",
            hint="Train with more terms or more schools. Until then a simple points rule can be used: belong rule-list",
        )


def _missed(gate: Mapping[str, Any]) -> str:
    return f"{gate['gate']} ({gate['result']})" if "result" in gate else str(gate["gate"])


def _named(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise Refused(
            "A model is put into use or withdrawn by a named person, with a reason.",
            hint="Give --by NAME and --reason.",
        )
