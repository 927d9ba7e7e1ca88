"""A model on disk: one joblib file of plain arrays beside a JSON manifest. The one place that loads joblib.

Unpickling runs code, so nothing is unpickled before the hashes fit: the registry knows the manifest's
sha256, the manifest knows the bundle's. Bytes are read once, hashed, and only those bytes are loaded.
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
from model.additive import AdditiveModel

FORMAT = 1
BUNDLE, MANIFEST = "model.joblib", "manifest.json"
LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "shap", "interpret-core", "joblib")


def library_versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in LIBRARIES}


def dump(model: AdditiveModel) -> bytes:
    """The bundle's bytes; the same model gives the same bytes."""
    buffer = io.BytesIO()
    joblib.dump(model.to_arrays(), buffer, protocol=4)
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as it is stored and hashed: sorted keys, no NaN."""
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def save(directory: str, model: AdditiveModel, manifest: Mapping[str, Any]) -> str:
    """Write both files into `directory` (a path or fsspec URL); returns the manifest's sha256.

    Raises Refused where the manifest does not carry the hash of exactly this model.
    """
    bundle = dump(model)
    if manifest.get("bundle_sha256") != sha256(bundle) or manifest.get("format") != FORMAT:
        raise Refused("The manifest does not belong to this model.", hint="Train again to make both again.")
    fs, root = fsspec.core.url_to_fs(str(directory))
    fs.makedirs(root, exist_ok=True)
    fs.pipe_file(f"{root}/{BUNDLE}", bundle)
    data = manifest_bytes(manifest)
    fs.pipe_file(f"{root}/{MANIFEST}", data)
    return sha256(data)


def load_manifest(directory: str, expected_sha256: str) -> dict[str, Any]:
    """The manifest, if its bytes have the hash the registry wrote down; raises Refused otherwise."""
    data = _read(directory, MANIFEST)
    if sha256(data) != expected_sha256:
        raise Refused(
            "The manifest of this model is not the one the registry knows; it was not loaded.",
            hint="Restore the model's folder from a backup, or roll back to an earlier model.",
        )
    manifest: dict[str, Any] = json.loads(data)
    if manifest.get("format") != FORMAT:
        raise Refused(
            f"This model has format {manifest.get('format')!r}; this version reads format {FORMAT}.",
            hint="Train again with this version, or use the version the model was trained with.",
        )
    return manifest


def load(
    directory: str, expected_sha256: str, *, synthetic: bool | None = None
) -> tuple[AdditiveModel, dict[str, Any]]:
    """The model and its manifest; `expected_sha256` is the manifest's hash from the registry.

    Raises Refused before anything is unpickled where a hash, the format or the synthetic mark does not fit
    (`synthetic=None` accepts either mark). Other library versions only warn.
    """
    manifest = load_manifest(directory, expected_sha256)
    if synthetic is not None and bool(manifest["synthetic"]) != synthetic:
        kind = "synthetic" if manifest["synthetic"] else "real"
        raise Refused(f"This model was trained on {kind} data and may not be used here.")
    data = _read(directory, BUNDLE)
    if sha256(data) != manifest["bundle_sha256"]:
        raise Refused(
            "The model file is not the one its manifest names; it was not opened.",
            hint="Restore the model's folder from a backup, or roll back to an earlier model.",
        )
    _warn_of_versions(manifest.get("versions", {}))
    return AdditiveModel.from_arrays(joblib.load(io.BytesIO(data))), manifest


def _read(directory: str, name: str) -> bytes:
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
