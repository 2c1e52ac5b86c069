"""Logging: structlog's lines for people (text) or machines (json), for our own and for libraries' records."""

from __future__ import annotations

from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from palier.mail import tokens


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def without_tokens(logger: WrappedLogger, name: str, line: str | bytes | EventDict) -> str:
    """The finished line, its traceback as well, without the secret part of a link in a letter (docs/reference/links.md)."""
    del logger, name
    return tokens.masked(str(line))


def configuration(*, level: str, form: str) -> dict[str, Any]:
    """Configure structlog and return Django's ``LOGGING``; ``form`` is ``text`` or ``json``."""
    structlog.configure(
        processors=[
            *_shared(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # Said plainly whatever else is installed: with `rich` beside it structlog would print every local variable.
        plain = structlog.dev.plain_traceback
        last += [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    last.append(without_tokens)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": last,
                "foreign_pre_chain": _shared(),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level},
            # One line a statement would drown everything else, and shows data.
            "django.db.backends": {"level": "INFO"},
            "procrastinate": {"level": "WARNING" if level == "INFO" else level},
        },
    }
