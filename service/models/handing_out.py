"""A model for a data team's own programs, checked before it is handed out."""

from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from model import bundle
from service.core.deployment import Deployment


def export_model(home: Path, model_id: str | None, out: Path) -> dict[str, Any]:
    """Write a model (default: the one that serves) as model.json, model.joblib and manifest.json into a new folder:
    {model_id, folder, files}.

    Both hold the same arrays, compared to the bit without running anything in the joblib file. Refused where the
    registry's own file is not the one it wrote down, or where the folder holds something.
    """
    with Deployment.open(home) as deployment:
        registry = deployment.registry
        chosen = model_id or registry.serving()
        if chosen is None:
            raise Refused(
                "No model is in use yet, so there is none to export.",
                hint="Name one: belong models export FOLDER --model ID",
            )
        loaded, kept = registry.load(chosen), registry.joblib_file(chosen)
    bundle.check_joblib(kept, loaded.model)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(f"{out} holds something already.", hint="Name a folder that is new or empty.")
    out.mkdir(parents=True, exist_ok=True)
    files = {
        bundle.BUNDLE: bundle.dump(loaded.model),
        bundle.JOBLIB: kept,
        bundle.MANIFEST: bundle.manifest_bytes(loaded.manifest),
    }
    for name, data in files.items():
        (out / name).write_bytes(data)
    return {"model_id": chosen, "folder": out, "files": sorted(files)}
