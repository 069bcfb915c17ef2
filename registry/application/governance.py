"""Explained checks, many in one request."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from registry.application import comparison, policies
from registry.application.policies import Names
from registry.application.ports import Ports
from registry.application.submission import Submission
from registry.application.trials import Trial
from registry.domain.errors import (
    InvalidSchemaError,
    InvalidSubjectError,
    RegistryError,
    SchemaTooLargeError,
    UnknownPolicyError,
)
from registry.domain.levels import Level
from registry.domain.model import Subject
from registry.domain.verdict import Finding

INVALID = (
    InvalidSchemaError,
    InvalidSubjectError,
    SchemaTooLargeError,
    UnknownPolicyError,
)
"""What is a fault of one item, and no reason to leave the others unanswered."""


class Outcome(StrEnum):
    """What became of one item.

    `WAIVED` is what is incompatible and was accepted as it is: only a plan has waivers.
    """

    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    WAIVED = "waived"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Item:
    """A schema to be checked against the live versions of a subject.

    Attributes:
        level: None for the one in scope.
        policies: None for the subject's own.

    """

    subject: Subject
    submission: Submission
    level: Level | None = None
    policies: Names | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about one item.

    Attributes:
        level: The level that was applied; None for an invalid schema.
        policies: The stricter policies that were applied.
        messages: Confluent's strings, up to the first version that fails.
        findings: All causes over all versions, warnings included.
        error: Why the item is invalid; one of `INVALID`.

    """

    subject: Subject
    verdict: Outcome
    level: Level | None = None
    policies: Names = ()
    messages: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: RegistryError | None = None


def check(ports: Ports, items: Iterable[Item]) -> list[Report]:
    """Return a report for each item, in their order; nothing is written.

    Raises:
        StoreUnavailableError: The database is out of reach.

    """
    return [_report(ports, item) for item in items]


def _report(ports: Ports, item: Item) -> Report:
    try:
        item.subject.checked()
        trial = _trial(ports, item)
    except INVALID as error:
        return Report(item.subject, Outcome.INVALID, error=error)
    verdict = trial.verdict()
    return Report(
        item.subject,
        Outcome.COMPATIBLE if verdict.is_compatible else Outcome.INCOMPATIBLE,
        trial.promise.level,
        trial.promise.policies,
        verdict.messages,
        trial.findings(),
    )


def _trial(ports: Ports, item: Item) -> Trial:
    wanted = None if item.policies is None else policies.spelt(item.policies)
    if wanted:
        language = ports.parsing.schema_type(item.submission.schema_type)
        policies.hold_offered(ports.parsing, wanted, language)
    return comparison.trial(
        ports, item.subject, item.submission, level=item.level, policies=wanted
    )
