"""Logs: `event key=value` on stderr. Secrets never come here; whatever was lost or refused is at least a warning."""

import logging
import sys
from io import StringIO
from typing import TextIO

import structlog

from process.printable import printable


def configure(level: str = "info") -> None:
    """Configure logs: coloured for a terminal, plain `key=value` elsewhere. Call once, in a process's entry."""
    is_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        # Plain tracebacks: the pretty ones print every local, a DSN with its password among them.
        structlog.dev.ConsoleRenderer(exception_formatter=_plain_traceback)
        if is_terminal
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if is_terminal else [structlog.processors.format_exc_info]),
            _printable,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _plain_traceback(file: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """Write a traceback for a terminal: its message may be what somebody else wrote."""
    text = StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    file.write(printable(text.getvalue(), "\n\t"))


def _printable(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Escape the values: any may be what somebody else wrote, also an exception's. Tracebacks keep their lines."""
    return {key: _printable_value(key, value) for key, value in event.items()}


def _printable_value(key: str, value: object) -> object:
    if key == "exc_info" or value is None or isinstance(value, bool | int | float):
        return value
    return printable(str(value), "\n\t" if key == "exception" else "")
