"""What clients were told, line by line on disk before the next request is made."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

OK, UNKNOWN, REFUSED = "ok", "unknown", "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """The outcome of one request for registration.

    Attributes:
        outcome: `ok`, `refused` (a clear no), or `unknown`: no answer, or one that
            asks to try again; what was asked for may have happened or not.

    """

    subject: str
    text: str
    outcome: str
    version: int = 0
    schema_id: int = 0
    detail: str = ""


class Ledger:
    """Appends entries to a file; when `add` returns, no crash can take the entry."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def add(self, entry: Entry) -> None:
        self._file.write(json.dumps(asdict(entry)) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def read(path: Path) -> list[Entry]:
    """Return what a ledger holds; a last line that is cut off is not an entry."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [Entry(**json.loads(line)) for line in lines[:-1]]


def acknowledged(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.outcome == OK]
