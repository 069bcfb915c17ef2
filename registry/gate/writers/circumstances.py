"""What a writer has to know besides the report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final

from registry.domain.rules import Severity


def _unknown(_file: PurePosixPath) -> str | None:
    return None


def _usual(_file: PurePosixPath) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where, when and for whom a report is written.

    Attributes:
        text_of: A file of the repository as it was looked at, for excerpts and for
            columns in bytes; None for one that cannot be read. Asked only for files
            with findings.
        at: When the run began; only JUnit has a place for it.
        fail_on: What is severe enough to fail the run.
        is_coloured: Whether the reader is a terminal that wants colours.
        width: Of the reader's terminal, in columns.
        job: Names the workflow and the job, so that a comment written by it is found
            again; empty outside of continuous integration.
        waiving: The options by which `wirepact waive` finds what was found in a file;
            empty for none.

    """

    text_of: Callable[[PurePosixPath], str | None] = _unknown
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    fail_on: Severity = Severity.ERROR
    is_coloured: bool = False
    width: int = 100
    job: str = ""
    waiving: Callable[[PurePosixPath], str] = _usual


NOWHERE: Final = Circumstances()
"""No files to quote from, no terminal, no job."""
