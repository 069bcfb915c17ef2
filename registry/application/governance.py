"""Explained checks, many in one request."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from registry.application import comparison
from registry.application.ports import Ports
from registry.application.submission import Submission
from registry.domain.errors import (
    InvalidSchemaError,
    InvalidSubjectError,
    SchemaTooLargeError,
)
from registry.domain.levels import Level
from registry.domain.model import Subject
from registry.domain.verdict import Finding

INVALID = (InvalidSchemaError, InvalidSubjectError, SchemaTooLargeError)
"""What is a fault of one item, and no reason to leave the others unanswered."""


class Outcome(StrEnum):
    """What became of one item."""

    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Item:
    """A schema to be checked against the live versions of a subject.

    Attributes:
        level: None for the one in scope.

    """

    subject: Subject
    submission: Submission
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about one item.

    Attributes:
        level: The level that was applied; None for an invalid schema.
        messages: Confluent's strings, up to the first version that fails.
        findings: All causes over all versions, warnings included.
        error: Why the schema, or the subject's name, is invalid.

    """

    subject: Subject
    verdict: Outcome
    level: Level | None = None
    messages: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: InvalidSchemaError | InvalidSubjectError | SchemaTooLargeError | None = None


def check(ports: Ports, items: Iterable[Item]) -> list[Report]:
    """Return a report for each item, in their order; nothing is written.

    Raises:
        StoreUnavailableError: The database is out of reach.

    """
    return [_report(ports, item) for item in items]


def _report(ports: Ports, item: Item) -> Report:
    try:
        item.subject.checked()
        trial = comparison.trial(ports, item.subject, item.submission, level=item.level)
    except INVALID as error:
        return Report(item.subject, Outcome.INVALID, error=error)
    verdict = trial.verdict()
    return Report(
        item.subject,
        Outcome.COMPATIBLE if verdict.is_compatible else Outcome.INCOMPATIBLE,
        trial.promise.level,
        verdict.messages,
        trial.findings(),
    )
