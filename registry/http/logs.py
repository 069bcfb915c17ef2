"""How the server writes its log: one event a line, as JSON or as text.

Events are constant texts, what varies is in `extra`; schema texts are never logged, and
credentials are taken out of whatever is.
"""

import logging
import re
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple, TextIO

import msgspec

from registry.http import request_ids
from registry.http.redaction import may_hold_credentials, redacted

ACCESS: Final = "registry.http.access"
"""The name under which requests are logged."""

_OF_EVERY_RECORD: Final = len(vars(logging.makeLogRecord({})))
"""What a record has of itself; whatever is added comes after it."""

_OF_OTHER_FORMATTERS: Final = frozenset({"message", "asctime"})
LONGEST_VALUE: Final = 2_048
"""Characters: two of the longest names fit, and nobody fills the log with one line."""

_UNUSUAL: Final = re.compile(r"[^ -~]")
_BATCH_S: Final = 0.1
_MOST_LINES: Final = 1000


class Answered(NamedTuple):
    """That a request was answered, and all that is logged about it.

    It is no record: to make one, and to hand it from logger to logger, takes longer
    than all the rest of a line.

    Attributes:
        at_s: Since the epoch.
        route: The template of the path.
        principal: Empty where nobody has said who asks.

    """

    at_s: float
    request_id: str
    method: str
    path: str
    route: str
    status: int
    spent_ns: int
    principal: str

    @property
    def spent_ms(self) -> float:
        return round(self.spent_ns / 1_000_000, 3)


class RequestIdFilter(logging.Filter):
    """Names the request on whose behalf a record was written."""

    def filter(self, record: logging.LogRecord) -> bool:
        if request_id := request_ids.CURRENT.get():
            record.request_id = request_id
        return True


class LineFormatter(logging.Formatter, ABC):
    """Makes lines, also about answered requests."""

    @abstractmethod
    def answered(self, request: Answered) -> str:
        """Return a line as it is: with credentials, and whatever a terminal obeys."""


class JsonFormatter(LineFormatter):
    """A JSON object a line: at, level, event, logger, request_id, and the extras."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _at(record.created),
            "level": record.levelname,
            "event": record.getMessage(),
            "logger": record.name,
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _harmless(redacted(msgspec.json.encode(line, enc_hook=str).decode()))

    def answered(self, request: Answered) -> str:
        whose = {"principal": request.principal} if request.principal else {}
        line = {
            "at": _at(request.at_s),
            "level": "INFO",
            "event": "request",
            "logger": ACCESS,
            "method": request.method,
            "path": _cut(request.path),
            "route": request.route,
            "status": request.status,
            "ms": request.spent_ms,
            **whose,
            "request_id": request.request_id,
        }
        return msgspec.json.encode(line).decode()


class TextFormatter(LineFormatter):
    """A line for people: time, level, event, and the extras as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        # A line break in a value must not look like a new record.
        pairs = " ".join(
            [f"{key}={_printable(value)}" for key, value in _extras(record).items()]
        )
        event = record.getMessage()
        line = f"{_at(record.created)} {record.levelname:<7} {event} {pairs}"
        lines = [_harmless(redacted(line.rstrip()))]
        if record.exc_info:
            # Further in: what it quotes may read like a record, too.
            told = redacted(self.formatException(record.exc_info)).split("\n")
            lines += [f"  {_harmless(each)}" for each in told]
        return "\n".join(lines)

    def answered(self, request: Answered) -> str:
        principal = request.principal
        whose = f" principal={_printable(principal)}" if principal else ""
        return (
            f"{_at(request.at_s)} INFO    request method={_printable(request.method)}"
            f" path={_printable(_cut(request.path))} route={request.route}"
            f" status={request.status} ms={request.spent_ms}{whose}"
            f" request_id={request.request_id}"
        )


class BatchHandler(logging.StreamHandler[TextIO]):
    """Writes lines together, a tenth of a second late at most; warnings at once.

    A write lets the other threads in. One for each request, by the thread of the event
    loop, costs a tenth of the request. So do the lines about requests, which are made
    together as well.
    """

    def __init__(self) -> None:
        super().__init__()
        # Added to and taken from without a lock.
        self._lines: deque[str | Answered] = deque()
        self._is_waiting = threading.Event()
        self._writer: threading.Thread | None = None
        self._is_closed = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001 - as its base: a log line breaks nothing
            self.handleError(record)
        if record.levelno > logging.INFO:
            self.flush()
        else:
            self._flush_soon()

    def note(self, request: Answered) -> None:
        """Have a line written about a request, in its place among the others."""
        self._lines.append(request)
        self._flush_soon()

    def flush(self) -> None:
        self.acquire()
        try:
            waiting = [self._lines.popleft() for _ in range(len(self._lines))]
            if waiting:
                self.stream.write("\n".join([*self._made(waiting), ""]))
                super().flush()
        except Exception:  # noqa: BLE001 - as its base: a full disk breaks no request
            self.handleError(logging.makeLogRecord({"msg": "log"}))
        finally:
            self.release()

    def _made(self, waiting: list[str | Answered]) -> Iterator[str]:
        # All at once, as hardly any has to be looked at closely.
        is_suspicious = may_hold_credentials("\n".join(map(_told_by_clients, waiting)))
        for each in waiting:
            # What was a line from the first has been looked at.
            if isinstance(each, str):
                yield each
            elif line := self._line(each):
                yield _harmless(redacted(line) if is_suspicious else line)

    def _line(self, request: Answered) -> str:
        form = self.formatter
        try:
            return form.answered(request) if isinstance(form, LineFormatter) else ""
        except Exception:  # noqa: BLE001 - as its base: a log line breaks nothing
            self.handleError(logging.makeLogRecord({"msg": "request"}))
            return ""

    def close(self) -> None:
        """Write what there is, and let the thread end."""
        self.flush()
        self._is_closed = True
        self._is_waiting.set()
        super().close()

    def _flush_soon(self) -> None:
        if len(self._lines) >= _MOST_LINES or self._is_closed:
            self.flush()
        elif not self._is_waiting.is_set():
            self._is_waiting.set()
            if self._writer is None:
                self._writer = threading.Thread(
                    target=self._write, name="log-writer", daemon=True
                )
                self._writer.start()

    def _write(self) -> None:
        while not self._is_closed:
            self._is_waiting.wait()
            time.sleep(_BATCH_S)
            self._is_waiting.clear()
            self.flush()


def _told_by_clients(line: str | Answered) -> str:
    if isinstance(line, str):
        return ""
    return f"{line.method} {line.path} {line.principal} {line.request_id}"


def requests() -> Callable[[Answered], None] | None:
    """Return what logs requests, by the configuration; None if they are not logged."""
    logger = logging.getLogger(ACCESS)
    if not logger.isEnabledFor(logging.INFO):
        return None
    ours = (h for h in logging.getLogger().handlers if isinstance(h, BatchHandler))
    return next((handler.note for handler in ours), None)


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


def _at(since_epoch_s: float) -> str:
    second, fraction = divmod(since_epoch_s, 1)
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
