"""Which findings become marks in a view of changes, where only so many are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from registry.domain.rules import Severity
from registry.gate.report import Located, Report


@dataclass(frozen=True, slots=True)
class Chosen:
    """The findings of one severity that are marked, and how many are not.

    Attributes:
        shown: The worst first, so that what is left out weighs least.

    """

    severity: Severity
    shown: Sequence[Located]
    left_out: int


def chosen(report: Report, most: int) -> Iterator[Chosen]:
    """Yield errors, then warnings; what is waived needs no mark.

    Where some are left out, the last of the places is for the line that says so.
    """
    for severity in (Severity.ERROR, Severity.WARNING):
        found = [
            each
            for each in report.findings
            if each.waived is None and each.finding.severity is severity
        ]
        shown = found if len(found) <= most else found[: most - 1]
        yield Chosen(severity, shown, len(found) - len(shown))


NOUNS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning"}
"""What a severity is called where several are counted."""
