"""Whether this process can do its work now: database, schema, serving model, lake."""

from collections.abc import Callable
from dataclasses import dataclass

from data_contracts.errors import BelongError
from service.core.deployment import Deployment
from service.core.migrate import current, head
from service.operations import state_store
from service.operations.lake_files import missing_files


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `message` names no pupil, path or secret: it is answered to anyone."""

    name: str
    ok: bool
    message: str


def readiness(deployment: Deployment) -> list[Check]:
    """All checks, the database first; what needs the database isn't looked at where it is away."""
    checks = [_looked_at("database", lambda: _database(deployment))]
    if checks[0].ok:
        checks.append(_looked_at("schema", lambda: _schema(deployment)))
        checks.append(_looked_at("lake", lambda: _lake(deployment)))
    checks.append(_looked_at("model", lambda: _model(deployment)))
    return checks


def _looked_at(name: str, look: Callable[[], str]) -> Check:
    """The outcome of a look; any error says that this part isn't ready."""
    try:
        return Check(name, True, look())
    except BelongError as problem:
        return Check(name, False, problem.message)
    except Exception as problem:  # noqa: BLE001  # whatever is wrong, the answer is "not ready"
        return Check(name, False, f"failed: {type(problem).__name__}")


def _database(deployment: Deployment) -> str:
    state_store.ping(deployment.database)
    return "answers"


def _schema(deployment: Deployment) -> str:
    stands, wanted = current(deployment.database), head()
    if stands != wanted:
        raise BelongError(f"is at {stands}, this release wants {wanted}")
    return f"at {stands}"


def _lake(deployment: Deployment) -> str:
    missing, all_files = missing_files(deployment, most=500)
    if missing:
        raise BelongError(f"{len(missing)} of {all_files} live files are missing")
    return f"{all_files} live files"


def _model(deployment: Deployment) -> str:
    """The serving model's manifest, its hash checked; no model yet is no fault."""
    serving = deployment.registry.serving()
    if serving is None:
        return "no model in use yet"
    deployment.registry.manifest(serving)
    return "hash fits"
