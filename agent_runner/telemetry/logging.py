"""Structured logs: one line per fact, an action and its ids, on standard error."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, Literal

from agent_runner.domain.redaction import Redaction
from agent_runner.domain.wording import one_line

_STANDARD_FIELDS: Final = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}

_CHATTY: Final = (
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "asyncio",
    "alembic",
    "openai",
    "anthropic",
    "google_genai",
)
"""Libraries that log each request."""


def set_up_logging(level: str, log_format: Literal["text", "json"], secrets: Iterable[str] = ()) -> None:
    """Sends every log line to standard error in one form, without secrets; whoever logs passes ids as `extra`."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonFormatter() if log_format == "json" else TextFormatter()
    handler.setFormatter(_Discreet(formatter, Redaction(secrets)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in _STANDARD_FIELDS}


class _Discreet(logging.Formatter):
    """The lines of another formatter without the secrets in them."""

    def __init__(self, formatter: logging.Formatter, redaction: Redaction) -> None:
        super().__init__()
        self._formatter = formatter
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        return self._redaction(self._formatter.format(record))


class TextFormatter(logging.Formatter):
    """Writes `21:03:48.123 INFO Run completed run_id=1 attempt=1`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        fields = "".join(f" {name}={_plain(value)}" for name, value in fields_of(record).items())
        trace = "\n" + self.formatException(record.exc_info) if record.exc_info else ""
        return f"{moment} {record.levelname} {_plain(record.getMessage(), quote=False)}{fields}{trace}"


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _plain(value: object, *, quote: bool = True) -> str:
    """One line, whatever an agent put into it."""
    safe = one_line(str(value))
    return json.dumps(safe, ensure_ascii=False) if quote and (" " in safe or not safe) else safe
