"""Explained verdicts: who breaks, why, and fixes that were tried before being offered.

There is one Finding type; the server's answers, the gate and the page all show it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from registry.domain.errors import RegistryError
from registry.domain.levels import Direction, Level
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Severity

_MOST_TOLD: Final = 10
"""How many subjects a refused plan names in its message."""


class Category(StrEnum):
    """What kind of promise a finding is about."""

    COMPATIBILITY = "compat"
    LINT = "lint"
    POLICY = "policy"
    RULE = "rule"
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True)
class Change:
    """What was there and what is there now; None where there is nothing.

    Attributes:
        kind: `added`, `removed` or `changed`.
        old: The fragment of the earlier schema, canonical.
        new: The fragment of the candidate, canonical.

    """

    kind: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class EarlierPlace:
    """Where the thing stands in the earlier version."""

    version: int
    schema_id: int
    pointer: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was compared.

    Attributes:
        against: All versions with this same cause, newest first; none for what is
            wrong with the candidate alone.
        policy: The stricter policy that is broken; None for any other promise.

    """

    level: Level
    direction: Direction
    against: tuple[int, ...]
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """Who is hurt, in words.

    Attributes:
        who: `new readers of old data` or `old readers of new data`; for a policy,
            whoever relies on it.
        consequence: A whole sentence that names the versions.
        since_version: The oldest version concerned.

    """

    who: str
    consequence: str
    since_version: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """One edit of a fix, as an editor would make it."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change to the candidate after which this finding is gone and no other came.

    Attributes:
        result_level: The strongest level that the whole candidate keeps once the change
            is made; `NONE` while other findings are left.
        schema: The candidate's text with the edits made.

    """

    title: str
    edits: tuple[Replacement, ...]
    result_level: Level
    schema: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, over all versions that it concerns.

    Attributes:
        rule: The id of the rule.
        schema_type: None for what is about a contract and not its schema.
        path: The element's name: `OrderCreated.currency`.
        location: In the candidate's text as submitted; None where it is not in it.
        old_location: None for what is wrong with the candidate alone.
        checked: None for what no level and no policy of schemas speaks of.
        fingerprint: Equal for the same cause whatever the line numbers, the wording
            and the versions.

    """

    rule: str
    category: Category
    severity: Severity
    subject: str
    schema_type: SchemaType | None
    message: str
    path: str
    change: Change | None
    location: Place | None
    old_location: EarlierPlace | None
    checked: Checked | None
    broken: tuple[Broken, ...]
    why: str
    fixes: tuple[Fix, ...]
    docs_url: str
    fingerprint: str


def fingerprint(
    rule: str, subject: str, element: str, old: str | None, new: str | None
) -> str:
    """Return a cause's name: nothing in it moves with lines, words or versions.

    Args:
        old: The fragment of the earlier schema, canonical.
        new: The fragment of the candidate, canonical.

    """
    parts = (rule, subject, element, old, new)
    text = "|".join("" if part is None else part for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


class IncompatibleSchemaError(RegistryError):
    """The candidate breaks what the subject promises: its level, or more than that.

    Attributes:
        messages: As on the wire, in order.
        findings: The same, explained, and what goes beyond it.

    """

    code = 40901

    def __init__(
        self, subject: str, messages: Sequence[str], findings: Sequence[Finding]
    ) -> None:
        self.subject = subject
        self.messages = tuple(messages)
        self.findings = tuple(findings)
        super().__init__(
            "Schema being registered is incompatible with an earlier schema for"
            f' subject "{subject}", details: [{", ".join(messages)}]'
        )


class PlanRefusedError(RegistryError):
    """Some of what a plan would do is refused, so that nothing of it is done.

    Attributes:
        reasons: One sentence for each subject, in the order of the plan.
        findings: Of all that is incompatible.

    """

    code = 40952

    def __init__(
        self, reasons: Mapping[str, str], findings: Sequence[Finding] = ()
    ) -> None:
        self.reasons = dict(reasons)
        self.findings = tuple(findings)
        told = [f"{subject}: {why}" for subject, why in self.reasons.items()]
        more = len(told) - _MOST_TOLD
        rest = [f"and {more} more"] if more > 0 else []
        super().__init__(
            "Nothing was changed, as part of the plan is refused: "
            + "; ".join([*told[:_MOST_TOLD], *rest])
        )
