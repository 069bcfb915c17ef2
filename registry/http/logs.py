"""How the server writes its log: one event a line, as JSON or as text.

Events are constant texts, what varies is in `extra`; schema texts are never logged.
"""

import logging
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from registry.http import request_ids

_OF_EVERY_RECORD: Final = frozenset(
    {*vars(logging.makeLogRecord({})), "message", "asctime", "request_id"}
)


class RequestIdFilter(logging.Filter):
    """Names the request on whose behalf a record was written."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_ids.CURRENT.get()
        return True


class JsonFormatter(logging.Formatter):
    """A JSON object a line: at, level, event, logger, request_id, and the extras."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _at(record),
            "level": record.levelname,
            "event": record.getMessage(),
            "logger": record.name,
        }
        if request_id := getattr(record, "request_id", ""):
            line["request_id"] = request_id
        line.update(_extras(record))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


class TextFormatter(logging.Formatter):
    """A line for people: time, level, event, and the extras as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        extras = _extras(record)
        if request_id := getattr(record, "request_id", ""):
            extras["request_id"] = request_id
        # A line break in a value must not look like a new record.
        pairs = " ".join(f"{key}={_printable(value)}" for key, value in extras.items())
        line = f"{_at(record)} {record.levelname:<7} {record.getMessage()} {pairs}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line.rstrip()


def configuration(level: str, form: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` needs, in each process alike.

    Args:
        level: The lowest level written, by the standard library's name.
        form: `json` or `text`.

    """
    formatter = {"json": JsonFormatter, "text": TextFormatter}[form]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestIdFilter}},
        "formatters": {"line": {"()": formatter}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["request_id"],
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        # The server's own start-up chatter says nothing that ours does not say.
        "loggers": {"registry": {"level": level}, "_granian": {"level": "WARNING"}},
    }


def _at(record: logging.LogRecord) -> str:
    second, fraction = divmod(record.created, 1)
    return f"{_second(int(second))}.{int(fraction * 1000):03d}Z"


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    # Many records fall into the same second, and formatting one takes long.
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {
        key: value for key, value in vars(record).items() if key not in _OF_EVERY_RECORD
    }


def _printable(value: object) -> str:
    text = str(value)
    if text.isprintable() and " " not in text:
        return text
    return msgspec.json.encode(text).decode()
