"""How the server writes its log: one event a line, as JSON or as text.

Events are constant texts, what varies is in `extra`; schema texts are never logged, and
credentials are taken out of whatever is.
"""

import logging
import re
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TextIO

import msgspec

from registry.http import request_ids
from registry.http.redaction import redacted

_OF_EVERY_RECORD: Final = len(vars(logging.makeLogRecord({})))
"""What a record has of itself; whatever is added comes after it."""

_OF_OTHER_FORMATTERS: Final = frozenset({"message", "asctime"})
LONGEST_VALUE: Final = 2_048
"""Characters: two of the longest names fit, and nobody fills the log with one line."""

_UNUSUAL: Final = re.compile(r"[^ -~]")
_BATCH_S: Final = 0.1
_MOST_LINES: Final = 1000


class RequestRecord(logging.LogRecord):
    """That a request was answered, with the facts about it.

    Copied from a template: to find out caller, thread and process of a record, which
    nobody prints, takes longer than all the rest of a log line.
    """

    _TEMPLATE = vars(
        logging.makeLogRecord(
            {"levelno": logging.INFO, "levelname": "INFO", "msg": "request"}
        )
    )

    def __init__(self, logger: logging.Logger, facts: Mapping[str, object]) -> None:
        now = time.time()
        vars(self).update(self._TEMPLATE, name=logger.name, created=now, **facts)


class RequestIdFilter(logging.Filter):
    """Names the request on whose behalf a record was written."""

    def filter(self, record: logging.LogRecord) -> bool:
        if request_id := request_ids.CURRENT.get():
            record.request_id = request_id
        return True


class JsonFormatter(logging.Formatter):
    """A JSON object a line: at, level, event, logger, request_id, and the extras."""

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
        return _harmless(redacted(msgspec.json.encode(line, enc_hook=str).decode()))


class TextFormatter(logging.Formatter):
    """A line for people: time, level, event, and the extras as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        # A line break in a value must not look like a new record.
        pairs = " ".join(
            [f"{key}={_printable(value)}" for key, value in _extras(record).items()]
        )
        line = f"{_at(record)} {record.levelname:<7} {record.getMessage()} {pairs}"
        lines = [_harmless(redacted(line.rstrip()))]
        if record.exc_info:
            # Further in: what it quotes may read like a record, too.
            told = redacted(self.formatException(record.exc_info)).split("\n")
            lines += [f"  {_harmless(each)}" for each in told]
        return "\n".join(lines)


class BatchHandler(logging.StreamHandler[TextIO]):
    """Writes lines together, a tenth of a second late at most; warnings at once.

    A write lets the other threads in. One for each request, by the thread of the event
    loop, costs a tenth of the request.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._is_waiting = threading.Event()
        self._writer: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001 - as its base: a log line breaks nothing
            self.handleError(record)
        if record.levelno > logging.INFO or len(self._lines) >= _MOST_LINES:
            self.flush()
        elif len(self._lines) == 1:
            self._is_waiting.set()
            if self._writer is None:
                self._writer = threading.Thread(
                    target=self._write, name="log-writer", daemon=True
                )
                self._writer.start()

    def flush(self) -> None:
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("\n".join([*lines, ""]))
                super().flush()
        finally:
            self.release()

    def _write(self) -> None:
        while self._is_waiting.wait():
            time.sleep(_BATCH_S)
            self._is_waiting.clear()
            self.flush()


def flush() -> None:
    """Write what is still to be written: a worker ends without asking for it."""
    for handler in logging.getLogger().handlers:
        handler.flush()


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
                "()": BatchHandler,
                "formatter": "line",
                "filters": ["request_id"],
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
    added = islice(vars(record).items(), _OF_EVERY_RECORD, None)
    return {
        key: _cut(value) if isinstance(value, str) else value
        for key, value in added
        if key not in _OF_OTHER_FORMATTERS
    }


def _cut(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[: LONGEST_VALUE - 1]}…"


def _harmless(line: str) -> str:
    """Write out, as JSON does it, what a terminal would obey or break a line at."""
    return line if line.isprintable() else _UNUSUAL.sub(_written_out, line)


def _written_out(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)
    )


def _printable(value: object) -> str:
    text = str(value)
    if text.isprintable() and " " not in text:
        return text
    return msgspec.json.encode(text).decode()
