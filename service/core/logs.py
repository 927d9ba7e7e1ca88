"""Logs as JSON lines that hold named fields only: no pupil, no path, no query, no message of an exception."""

import hashlib
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

FIELDS = frozenset(
    {
        "event", "level", "time", "logger", "method", "route", "status", "milliseconds", "request_id",
        "account", "school", "term", "job", "step", "kind", "attempt", "count", "error", "where", "bytes",
        "seal", "hash",
    }
)  # fmt: skip
HASHED = frozenset({"account"})
TRUSTED_TEMPLATES = ("service", "uvicorn.error", "alembic")
LONGEST = 200
Event = MutableMapping[str, Any]


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log line of this process, ours and other packages', through the same narrow gate."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", key="time"),
        exception_by_kind,
        only_known_fields,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[template_only, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"


def configured() -> bool:
    """Whether this process has a log stream: commands have none, their output is for whoever called them."""
    return structlog.is_configured()


def log(name: str) -> Any:
    """A logger: `log("service.worker").info("step done", job=..., step=...)`. Unknown fields are dropped."""
    return structlog.stdlib.get_logger(name)


def only_known_fields(logger: Any, method: str, event: Event) -> Event:
    """Keep fields on the list, short and plain; hash what could tell who it was."""
    del logger, method
    kept = {name: _plain(value) for name, value in event.items() if name in FIELDS or name.startswith("_")}
    for name in HASHED & {name for name, value in kept.items() if value is not None}:
        kept[name] = hashlib.sha256(str(kept[name]).encode()).hexdigest()[:12]
    return kept


def exception_by_kind(logger: Any, method: str, event: Event) -> Event:
    """Of an exception only its type and the line it came from; its text may quote what a file held."""
    del logger, method
    given = event.pop("exc_info", None)
    raised = given if isinstance(given, BaseException) else None
    if raised is None and given:
        raised = given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if raised is not None:
        event["error"] = type(raised).__name__
        event["where"] = _last_line(raised)
    return event


def template_only(logger: Any, method: str, event: Event) -> Event:
    """Of other packages' messages the template without its values, and not even that from strangers."""
    del logger, method
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        trusted = record.name.startswith(TRUSTED_TEMPLATES) and isinstance(record.msg, str)
        event["event"] = record.msg if trusted else "message of another package"
        if record.exc_info:
            event["exc_info"] = record.exc_info
        record.exc_info = record.exc_text = None
    return event


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float) or not isinstance(value, str):
        return value
    return value[:LONGEST]


def _last_line(raised: BaseException) -> str:
    trace = raised.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
