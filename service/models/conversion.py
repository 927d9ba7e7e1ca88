"""Models of the first release, brought to today's format."""

from pipelines.registry import Registry
from service.core.homes import Home


def convert_models(home: Home, *, by: str) -> list[str]:
    """Rewrite every old model of a home, bit for bit; returns their ids. Refused, and nothing written, where a file
    holds anything but plain arrays."""
    registry = Registry(str(home.registry))
    old = registry.old_models()
    for model_id, model in old.items():
        registry.convert(model_id, model, by)
    return sorted(old)
