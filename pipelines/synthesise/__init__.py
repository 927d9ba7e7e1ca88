"""The synthetic trust: a made world whose extracts look like a school's, with the truth known."""

from pipelines.synthesise.journey import SyntheticSchool, SyntheticTrust, synthesise
from pipelines.synthesise.presets import named_world
from pipelines.synthesise.world import World

__all__ = ["SyntheticSchool", "SyntheticTrust", "World", "named_world", "synthesise"]
