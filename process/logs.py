"""Logs: `event key=value` on stderr. Secrets never come here; whatever was lost or refused is at least a warning."""

import logging
import sys

import structlog

from process.printable import printable


def configure(level: str = "info") -> None:
    """Coloured for a terminal, plain `key=value` elsewhere. Call once, in a process's entry."""
    is_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        # Plain tracebacks: the pretty ones print every local, a DSN with its password among them.
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
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


def _printable(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A value may be what somebody else wrote. Tracebacks keep their lines."""
    return {
        key: printable(value, "\n\t" if key == "exception" else "") if isinstance(value, str) else value
        for key, value in event.items()
    }
