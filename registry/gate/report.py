"""What the gate has looked at and found, whatever it is written as in the end."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from registry.domain.rules import Severity
from registry.domain.verdict import Finding

_WORST_FIRST: Final = (Severity.ERROR, Severity.WARNING)


class Kind(StrEnum):
    """What was looked at in a contract."""

    MANIFEST = "manifest"
    SCHEMA = "schema"
    COMPATIBILITY = "compatibility"
    LINT = "lint"
    POLICY = "policy"
    RULES = "rules"
    EXAMPLES = "examples"
    WAIVER = "waiver"


WAIVABLE: Final = frozenset((Kind.COMPATIBILITY, Kind.LINT, Kind.POLICY, Kind.EXAMPLES))
"""What findings may be of that waivers accept."""


IN_REGISTRY: Final = "registry:"
"""What the old file of a finding begins with whose earlier text is in no file."""


@dataclass(frozen=True, slots=True)
class Waived:
    """That a finding was accepted, by whom and until when.

    Attributes:
        file: Of the waiver, relative to the repository.
        expires: The last day, as `2027-01-31`.

    """

    file: PurePosixPath
    reason: str
    approved_by: tuple[str, ...]
    expires: str


@dataclass(frozen=True, slots=True)
class App:
    """An application that reads the events of a contract.

    Attributes:
        team: Empty where nothing is said; so is the version.
        env: Where it runs; empty for everywhere.

    """

    name: str
    team: str = ""
    env: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """A finding at its place in the repository.

    Attributes:
        kind: Which of the looks at the contract has found it.
        contract: The contract's id; None for what is about none or all.
        file: Relative to the repository's root.
        old_file: Where the earlier text was read from, such as
            `contracts/orders/order-created/schema.avsc@3f2a1bc`, or
            `registry:orders-value`.
        waived: None for a finding that counts.
        apps: Who reads the events, of what breaks somebody.

    """

    finding: Finding
    kind: Kind
    contract: str | None
    file: PurePosixPath
    old_file: str | None = None
    waived: Waived | None = None
    apps: tuple[App, ...] = ()

    @property
    def is_waivable(self) -> bool:
        """Whether it may be accepted: not that something cannot be read at all."""
        return self.kind in WAIVABLE

    @property
    def order(self) -> tuple[object, ...]:
        """Sorts findings: what counts first, the worst first, then by place."""
        place = self.finding.location
        return (
            self.waived is not None,
            _WORST_FIRST.index(self.finding.severity),
            str(self.file),
            (place.line, place.column) if place else (0, 0),
            self.finding.rule,
            self.finding.fingerprint,
        )


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one contract; it has passed unless a finding of its kind counts.

    Attributes:
        file: What was looked at.

    """

    contract: str
    kind: Kind
    file: PurePosixPath


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Which version a contract should have after its change.

    Attributes:
        change: `none`, `patch`, `minor` or `major`.

    """

    contract: str
    change: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Report:
    """All of one run.

    Attributes:
        findings: In the order in which they are shown.
        looks: By contract and kind.
        baseline: What was compared with, in words, such as
            `the merge base 3f2a1bc of origin/main`; empty if nothing was.
        notes: What a reader has to know of how far the run could look, one sentence
            each, such as `orders.order-created was checked against 1 of 7 versions`.

    """

    findings: tuple[Located, ...] = ()
    looks: tuple[Look, ...] = ()
    baseline: str = ""
    notes: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    def counted(self, at_least: Severity = Severity.ERROR) -> tuple[Located, ...]:
        """Return the findings that fail a run: not waived, and severe enough."""
        severe = _WORST_FIRST[: _WORST_FIRST.index(at_least) + 1]
        return tuple(
            each
            for each in self.findings
            if each.waived is None and each.finding.severity in severe
        )


def in_order(findings: Iterable[Located]) -> tuple[Located, ...]:
    """Return findings as reports show them."""
    return tuple(sorted(findings, key=lambda each: each.order))
