"""How services that `wirepact run` starts write their log: as the registry does.

One record a line, as a JSON object or as text; what varies stands in `extra`.
"""

import json
import logging
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from wirepact.cli.harmless import harmless

_OF_EVERY_RECORD: Final = len(vars(logging.makeLogRecord({})))
"""What a record has of itself; whatever is added comes after it."""

_OF_OTHER_FORMATTERS: Final = frozenset({"message", "asctime"})


class JsonFormatter(logging.Formatter):
    """A JSON object a line: at, level, event, logger, and the extras."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _at(record),
            "level": record.levelname,
            "event": record.getMessage(),
            "logger": record.name,
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """A line for people: time, level, event, and the extras as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        event = record.getMessage()
        extras = _extras(record).items()
        pairs = " ".join(f"{key}={_printable(value)}" for key, value in extras)
        line = f"{_at(record)} {record.levelname:<7} {event} {pairs}".rstrip()
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return harmless(line)


def configuration(level: str, form: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` needs.

    Args:
        level: The lowest level that is written, by the standard library's name; of
            other libraries, warnings.
        form: `json` or `text`.

    """
    formatter = {"json": JsonFormatter, "text": TextFormatter}[form]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"wirepact": {"level": level}},
    }


def _at(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    added = islice(vars(record).items(), _OF_EVERY_RECORD, None)
    return {key: value for key, value in added if key not in _OF_OTHER_FORMATTERS}


def _printable(value: object) -> str:
    # A line break in a value must not look like a new record.
    text = str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)
