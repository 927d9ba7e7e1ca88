"""Indicators: declared once, right at any date, computed by one engine. See `docs/indicators.md`."""

from pipelines.indicators.catalogue import catalogue, features

__all__ = ["catalogue", "features"]
