"""What a check of contracts has found: a report to be read, and to be acted upon."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from textwrap import indent
from typing import Final

from wirepact.errors import Finding, WirepactError

_HEAD: Final = ("event", "topic", "subject", "version", "id", "")
_NOTHING: Final = "-"


class ProblemKind(StrEnum):
    """Why an event cannot be written to a topic, or not be read from it."""

    NO_SUBJECT = "no subject"
    """The strategy does not lead to one."""

    SUBJECT_MISSING = "subject missing"
    """The subject has no version."""

    NOT_REGISTERED = "not registered"
    """The subject has others than the local schema."""

    REFUSED = "refused"
    """The registry would not accept the local schema."""

    UNFIT = "unfit"
    """Values of the class cannot be written with the schema that they should."""

    UNREADABLE = "unreadable"
    """Messages of a live version cannot be read with the local schema."""

    UNREADABLE_TO_OTHERS = "unreadable to others"
    """Who still reads with a live version cannot read what is written now."""

    DENIED = "denied"
    """The registry does not let this client look."""

    UNAVAILABLE = "unavailable"
    """The registry does not answer, and nothing that was kept does."""


WARNINGS: Final = frozenset({ProblemKind.UNREADABLE_TO_OTHERS})
"""What is told and does not make a check fail: the subject's level may allow it."""


@dataclass(frozen=True, slots=True)
class ContractProblem:
    """One thing that is wrong.

    Attributes:
        message: What is wrong and what to do, in a sentence.
        findings: Why the registry refuses, if it explains itself.

    """

    kind: ProblemKind
    message: str
    findings: tuple[Finding, ...] = ()

    @property
    def is_fatal(self) -> bool:
        return self.kind not in WARNINGS


@dataclass(frozen=True, slots=True)
class CheckedContract:
    """An event type on a topic.

    Attributes:
        subject: Empty if none was found.
        version: The one that is written; None if there is none.
        id: Of its schema.
        note: What is worth knowing although nothing is wrong.

    """

    event: str
    topic: str
    subject: str = ""
    version: int | None = None
    id: int | None = None
    problems: tuple[ContractProblem, ...] = ()
    note: str = ""

    @property
    def has_failed(self) -> bool:
        return any(problem.is_fatal for problem in self.problems)

    @property
    def state(self) -> str:
        """The kinds of problems, or that there is none."""
        kinds = dict.fromkeys(problem.kind.value for problem in self.problems)
        return ", ".join(kinds) or self.note or "ok"


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What a check has found; its text is a table, and below it all problems.

    Attributes:
        url: Of the registry.
        contracts: In the order in which they were given.
        is_offline: The registry did not answer: what is good is so by the bundle or
            the cache.

    """

    url: str
    contracts: tuple[CheckedContract, ...]
    is_offline: bool = False

    @property
    def has_failed(self) -> bool:
        return any(contract.has_failed for contract in self.contracts)

    def raise_if_failed(self) -> None:
        """Do nothing if all is good, or only warned of.

        Raises:
            ContractCheckError: It is not.

        """
        if self.has_failed:
            raise ContractCheckError(self)

    def __str__(self) -> str:
        failed = sum(contract.has_failed for contract in self.contracts)
        source = " (which does not answer)" if self.is_offline else ""
        count = len(self.contracts)
        lines = [
            f"{count} contract{'s' * (count != 1)} checked at {self.url}{source},"
            f" {failed} failed",
            *_table([_HEAD, *(_cells(contract) for contract in self.contracts)]),
        ]
        for contract in self.contracts:
            lines.extend(_told(contract))
        return "\n".join(lines)


class ContractCheckError(WirepactError):
    """Contracts do not hold; the message is the whole report.

    Attributes:
        report: All that was checked, what is good too.

    """

    def __init__(self, report: ContractReport) -> None:
        self.report = report
        super().__init__(report)

    def __str__(self) -> str:
        return str(self.report)


def _cells(contract: CheckedContract) -> tuple[str, ...]:
    return (
        contract.event,
        contract.topic or _NOTHING,
        contract.subject or _NOTHING,
        str(contract.version or _NOTHING),
        str(contract.id or _NOTHING),
        contract.state,
    )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(padded)}".rstrip()


def _told(contract: CheckedContract) -> Iterator[str]:
    if not contract.problems:
        return
    where = f" on {contract.topic}" if contract.topic else ""
    subject = f" ({contract.subject})" if contract.subject else ""
    yield ""
    yield f"{contract.event}{where}{subject}:"
    for problem in contract.problems:
        word = problem.kind if problem.is_fatal else f"warning, {problem.kind}"
        yield f"  {word}: {problem.message}"
        yield from (indent(str(finding), "    ") for finding in problem.findings)
