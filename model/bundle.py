"""A model on disk: its arrays as JSON beside a JSON manifest, and the same arrays as joblib for a data team.

Reading a joblib file runs whatever its writer wanted, so Belong never does: `model.json` is what is loaded. The
registry knows the manifest's sha256, the manifest knows that of both files. Bytes are read once, hashed, and only
those bytes are loaded.
"""

import hashlib
import io
import json
import warnings
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import fsspec
import joblib

from data_contracts.errors import Refused
from model import arrays, format_one
from model.additive import AdditiveModel

FORMAT = arrays.FORMAT
BUNDLE, JOBLIB, MANIFEST = "model.json", "model.joblib", "manifest.json"
LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "shap", "interpret-core", "joblib")


def library_versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in LIBRARIES}


def dump(model: AdditiveModel) -> bytes:
    """The bytes of `model.json`; the same model gives the same bytes."""
    return arrays.to_json(model.to_arrays())


def dump_joblib(model: AdditiveModel) -> bytes:
    """The same arrays as a joblib file, for a data team's own programs. Raises Refused where it does not hold
    them to the bit."""
    told = arrays.from_json(dump(model))
    buffer = io.BytesIO()
    joblib.dump(told, buffer, protocol=4)
    check_joblib(buffer.getvalue(), model)
    return buffer.getvalue()


def check_joblib(data: bytes, model: AdditiveModel) -> None:
    """Raises Refused unless a joblib file holds exactly this model's arrays; nothing in it is run."""
    if not arrays.same(format_one.read(data), arrays.from_json(dump(model))):
        raise Refused(
            f"{JOBLIB} does not hold the arrays of this model.", hint="Restore its folder from a backup."
        )


def hashes(model: AdditiveModel) -> dict[str, str]:
    """The SHA-256 a manifest states for each of the two files."""
    return {"bundle_sha256": sha256(dump(model)), "joblib_sha256": sha256(dump_joblib(model))}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as it is stored and hashed: sorted keys, no NaN."""
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def save(directory: str, model: AdditiveModel, manifest: Mapping[str, Any]) -> str:
    """Write the three files into `directory` (a path or fsspec URL); returns the manifest's sha256.

    Raises Refused where the manifest does not carry the hashes of exactly this model.
    """
    expected = {"format": FORMAT, **hashes(model)}
    if {key: manifest.get(key) for key in expected} != expected:
        raise Refused("The manifest does not belong to this model.", hint="Train again to make both again.")
    fs, root = fsspec.core.url_to_fs(str(directory))
    fs.makedirs(root, exist_ok=True)
    fs.pipe_file(f"{root}/{BUNDLE}", dump(model))
    fs.pipe_file(f"{root}/{JOBLIB}", dump_joblib(model))
    data = manifest_bytes(manifest)
    fs.pipe_file(f"{root}/{MANIFEST}", data)
    return sha256(data)


def load_manifest(directory: str, expected_sha256: str, name: str = MANIFEST) -> dict[str, Any]:
    """The manifest, if its bytes have the hash the registry wrote down; raises Refused otherwise."""
    manifest = _known_manifest(directory, expected_sha256, name)
    if manifest.get("format") != FORMAT:
        raise Refused(
            f"This model has format {manifest.get('format')!r}; this version reads format {FORMAT}.",
            hint="Run: belong migrate --home ...  It rewrites models of earlier versions, bit for bit.",
        )
    return manifest


def load(
    directory: str, expected_sha256: str, *, synthetic: bool | None = None, name: str = MANIFEST
) -> tuple[AdditiveModel, dict[str, Any]]:
    """The model and its manifest; `expected_sha256` is the manifest's hash from the registry, `name` its file.

    Raises Refused where a hash, the format or the synthetic mark does not fit (`synthetic=None` accepts either
    mark) or the file holds no model. Other library versions only warn.
    """
    manifest = load_manifest(directory, expected_sha256, name)
    if synthetic is not None and bool(manifest["synthetic"]) != synthetic:
        kind = "synthetic" if manifest["synthetic"] else "real"
        raise Refused(f"This model was trained on {kind} data and may not be used here.")
    data = _known(directory, BUNDLE, manifest["bundle_sha256"])
    _warn_of_versions(manifest.get("versions", {}))
    return AdditiveModel.from_arrays(arrays.from_json(data)), manifest


def load_joblib(directory: str, manifest: Mapping[str, Any]) -> bytes:
    """The bytes of `model.joblib`, if they are those the manifest names. They are not opened."""
    return _known(directory, JOBLIB, manifest["joblib_sha256"])


def load_format_one(directory: str, expected_sha256: str) -> tuple[AdditiveModel, dict[str, Any]]:
    """A model as the first release kept it, read without running anything, and its manifest. Raises Refused where
    a hash does not fit or the file holds anything but plain arrays."""
    manifest = _known_manifest(directory, expected_sha256, MANIFEST)
    data = _known(directory, JOBLIB, manifest["bundle_sha256"])
    model = AdditiveModel.from_arrays(format_one.read(data))
    check_joblib(data, model)
    return model, manifest


def manifest_format(directory: str, expected_sha256: str, name: str = MANIFEST) -> Any:
    """The format a model is kept in; raises Refused where its manifest is not the one the registry knows."""
    return _known_manifest(directory, expected_sha256, name).get("format")


def _known_manifest(directory: str, expected_sha256: str, name: str) -> dict[str, Any]:
    data = _read(directory, name)
    if sha256(data) != expected_sha256:
        raise Refused(
            "The manifest of this model is not the one the registry knows; it was not loaded.",
            hint="Restore the model's folder from a backup, or roll back to an earlier model.",
        )
    manifest: dict[str, Any] = json.loads(data)
    return manifest


def _known(directory: str, name: str, expected_sha256: str) -> bytes:
    data = _read(directory, name)
    if sha256(data) != expected_sha256:
        raise Refused(
            f"{name} is not the file its manifest names; it was not opened.",
            hint="Restore the model's folder from a backup, or roll back to an earlier model.",
        )
    return data


def _read(directory: str, name: str) -> bytes:
    """A file of a model's folder; Refused where there is none."""
    fs, root = fsspec.core.url_to_fs(str(directory))
    try:
        return bytes(fs.cat_file(f"{root}/{name}"))
    except FileNotFoundError:
        raise Refused(f"The model's folder holds no {name}.", hint="Restore it from a backup.") from None


def _warn_of_versions(trained_with: Mapping[str, str]) -> None:
    here = library_versions()
    changed = {n: (v, here[n]) for n, v in trained_with.items() if n in here and here[n] != v}
    if changed:
        listed = ", ".join(f"{name} {was} → {now}" for name, (was, now) in sorted(changed.items()))
        warnings.warn(f"This model was trained with other library versions: {listed}", stacklevel=3)
