"""The summary of a step of GitHub Actions."""

from typing import Final

from registry.gate.report import Report
from registry.gate.writers import markdown
from registry.gate.writers.circumstances import Circumstances

MOST_BYTES: Final = 1024 * 1024 - 1024
"""GitHub refuses more than 1 MiB of one step; some is left for what else it writes."""


def write(report: Report, circumstances: Circumstances) -> str:
    """Return the report in Markdown, to be added to the step's file."""
    return markdown.body(report, circumstances, MOST_BYTES)
