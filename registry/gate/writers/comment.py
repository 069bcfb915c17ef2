"""A comment on a change, which the next run finds again and writes anew."""

import hashlib
from typing import Final

from registry.gate.report import Report
from registry.gate.writers import markdown
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import as_bytes

MOST_BYTES: Final = 60_000
"""Less than the 65 536 characters that GitHub takes; others take more."""


def write(report: Report, circumstances: Circumstances) -> str:
    """Return the report in Markdown behind a mark that nobody sees."""
    told = markdown.body(report, circumstances, MOST_BYTES)
    return f"{marker(circumstances.job)}\n{told}"


def marker(job: str) -> str:
    """Return the first line of the comment that a job of a workflow writes.

    A comment of another job has another one, whatever their names are made of.
    """
    name = hashlib.sha256(as_bytes(job)).hexdigest()[:16]
    return f"<!-- wirepact:{name} -->"
