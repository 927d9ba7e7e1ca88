"""Logs as JSON lines that hold named fields only: no pupil, no path, no query, no message of an exception."""

import hashlib
import logging
import os
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
FILLED_IN = frozenset(
    {
        "Started server process [%d]", "Finished server process [%d]",
        "Uvicorn running on %s://%s:%d (Press CTRL+C to quit)",
        "Uvicorn running on %s://[%s]:%d (Press CTRL+C to quit)",
        "Maximum request limit of %d exceeded. Terminating process.",
        "Cancel %s running task(s), timeout graceful shutdown exceeded",
        "Context impl %s.", "Will assume %s DDL.", "Running %s", "setup plugin %s",
        "setting up autogenerate plugin %s",
    }
)  # fmt: skip
"""Messages of trusted packages whose values are process numbers, our own address, counts and names of migrations."""
UNSAID = "message of another package"
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
            use_get_message=False,  # values are filled in below or not at all: a failure would print them
            pass_foreign_args=True,
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
    """Of other packages' messages the template, filled in only where it is known what with; of strangers nothing."""
    del logger, method
    record: logging.LogRecord | None = event.get("_record")
    values = event.pop("positional_args", ())
    if record is not None:
        event["event"] = _said(record, values) if record.name.startswith(TRUSTED_TEMPLATES) else UNSAID
        if isinstance(record.msg, BaseException):
            event["error"] = type(record.msg).__name__
        if record.exc_info:
            event["exc_info"] = record.exc_info
        record.exc_info = record.exc_text = None
    return event


def _said(record: logging.LogRecord, values: tuple[Any, ...]) -> str:
    """What a trusted package says. A text of several lines holds a traceback, and so an exception's words."""
    if isinstance(record.msg, OSError) and record.msg.errno is not None:
        return os.strerror(record.msg.errno)
    if not isinstance(record.msg, str) or "\n" in record.msg.strip():
        return UNSAID
    if record.msg not in FILLED_IN:
        return record.msg.strip()
    try:
        return record.msg % values
    except (TypeError, ValueError):  # a version of the package that says it with other values
        return record.msg


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
