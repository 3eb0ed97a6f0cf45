"""Structured logs with a request id, and nothing secret in them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_KEYS = re.compile(
    r"(pass|secret|token|cookie|authorization|api_?key|signature)", re.IGNORECASE
)
SECRET_TEXT = re.compile(
    r"(?i)((?:indii_session|session|token|password|authorization|cookie|secret)[\"']?\s*[=:]\s*)"
    r"(\"[^\"]*\"|'[^']*'|[^\s,;}&]+)"
)
REDACTED = "[redacted]"


def redact_text(text: str) -> str:
    """Return the text with the values of anything named like a secret blotted out."""
    return SECRET_TEXT.sub(lambda m: m.group(1) + REDACTED, text)


def redact(value: Any) -> Any:
    """Return the value with secrets blotted out at any depth."""
    if isinstance(value, dict):
        return {k: REDACTED if SECRET_KEYS.search(str(k)) else redact(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [redact(v) for v in value]
    return redact_text(value) if isinstance(value, str) else value


class RedactingFilter(logging.Filter):
    """Blots secrets out of records of libraries that log whole requests, cookies included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; never drops it."""
        record.msg = redact_text(record.getMessage())
        record.args = None
        if record.exc_info and record.exc_text is None and record.exc_info[1] is not None:
            formatted = logging.Formatter().formatException(record.exc_info)
            record.exc_text = redact_text(formatted)
        return True


def _request_id(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    from indii.kernel.context import current_actor, request_id

    if rid := request_id.get():
        event.setdefault("request_id", rid)
    if account := current_actor.get().account_id:
        event.setdefault("account_id", str(account))
    return event


def _redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    cleaned: MutableMapping[str, Any] = redact(dict(event))
    return cleaned


def configure(*, json: bool, level: str = "INFO") -> None:
    """Send our logs and every library's to stderr, as JSON lines or for a person to read."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _request_id,
        structlog.processors.format_exc_info,
        _redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The richer ones print local variables, secrets among them.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Its client says every request at INFO.
    logging.getLogger("stripe").setLevel(logging.WARNING)


log: Any = structlog.get_logger("indii")
