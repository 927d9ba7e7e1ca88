"""The models: trained, judged, put into use, explained to everyone who asks, handed out."""

from service.models.audit_figures import findings
from service.models.conversion import convert_models
from service.models.reading import model_report

__all__ = ["convert_models", "findings", "model_report"]
