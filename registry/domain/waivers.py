"""Waivers: findings that somebody has accepted, as a registration is told of them.

A waiver names one cause at one place by its fingerprint. It opens nothing else, and
once what it accepts is registered, there is nothing left that it could accept.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from registry.domain.access import Access, ForbiddenError, Permission
from registry.domain.errors import RegistryError
from registry.domain.model import Subject
from registry.domain.verdict import Finding, fingerprint

LONGEST: Final = timedelta(days=180)
"""No waiver lasts longer, whatever a folder of contracts says."""

MOST_APPROVERS: Final = 50
MOST_CHARACTERS: Final = 4_000
"""Of each text: all of it is kept in the audit log."""

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_IN_MESSAGES: Final = 12


class InvalidWaiverError(RegistryError):
    """A waiver that lacks something, or that is not in force.

    Attributes:
        reason: What is wrong with it and what was expected, one sentence.

    """

    # Ours, like waivers themselves.
    code = 42252

    def __init__(self, waiver: "Waiver", reason: str) -> None:
        self.waiver, self.reason = waiver, reason
        super().__init__(f"The {_called(waiver)}: {reason}; nothing was changed")


class WaiverForbiddenError(RegistryError):
    """A waiver would accept what only some may accept, and not who has sent it."""

    code = ForbiddenError.code

    def __init__(self, waiver: "Waiver", subject: Subject) -> None:
        self.waiver, self.subject = waiver, subject
        super().__init__(
            f"The permission '{Permission.OVERRIDE}' on subject '{subject}' is needed"
            f" to accept {waiver.rule} by the {_called(waiver)}"
        )


@dataclass(frozen=True, slots=True)
class Waiver:
    """That a finding is accepted.

    Attributes:
        rule: Of the finding.
        expires: The last day, in UTC.
        file: Where it was agreed upon, in the words of who sends it; may be empty.

    """

    fingerprint: str
    rule: str
    reason: str
    approved_by: tuple[str, ...]
    expires: date
    requested_by: str = ""
    ticket: str = ""
    file: str = ""

    def accepts(self, finding: Finding) -> bool:
        return self.rule == finding.rule and self.fingerprint in _names(finding)

    def checked(self, today: date) -> "Waiver":
        """Return the waiver itself if it says what it must, and is in force.

        Raises:
            InvalidWaiverError: It does not, or is not.

        """
        reason = next(_faults(self, today), None)
        if reason is not None:
            raise InvalidWaiverError(self, reason)
        return self

    def told(self) -> dict[str, object]:
        """Return what the audit log says of it."""
        said = {
            "fingerprint": self.fingerprint,
            "rule": self.rule,
            "reason": self.reason,
            "approvedBy": list(self.approved_by),
            "requestedBy": self.requested_by,
            "ticket": self.ticket,
            "expires": self.expires.isoformat(),
            "file": self.file,
        }
        return {key: value for key, value in said.items() if value}


def is_same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def bare_fingerprint(finding: Finding) -> str:
    """Return the fingerprint that a finding has outside of its context.

    A folder of contracts does not know into which context it is applied.
    """
    name, change = Subject.parse(finding.subject).name, finding.change
    old, new = (None, None) if change is None else (change.old, change.new)
    return fingerprint(finding.rule, name, finding.path, old, new)


def hold_overriding(
    access: Access, subject: Subject, waivers: Iterable[Waiver]
) -> None:
    """Refuse waivers of who may not override what a subject promises.

    Raises:
        WaiverForbiddenError: They may not.

    """
    for each in waivers:
        if not access.may(Permission.OVERRIDE, subject):
            raise WaiverForbiddenError(each, subject)


def _called(waiver: Waiver) -> str:
    digits = waiver.fingerprint[:_IN_MESSAGES]
    name = f" {waiver.file[:200]}" if waiver.file else ""
    return f"waiver{name} ({digits})"


def _names(finding: Finding) -> Sequence[str]:
    return (finding.fingerprint, bare_fingerprint(finding))


def _faults(waiver: Waiver, today: date) -> Iterator[str]:
    if not _FINGERPRINT.fullmatch(waiver.fingerprint):
        yield "expected the 64 digits of a fingerprint"
    if not (waiver.rule.strip() and waiver.reason.strip()):
        yield "expected a rule and a reason"
    if not waiver.approved_by or not all(each.strip() for each in waiver.approved_by):
        yield "expected who has approved it"
    if any(is_same_person(waiver.requested_by, each) for each in waiver.approved_by):
        yield "whoever asks for it cannot approve it as well"
    if len(waiver.approved_by) > MOST_APPROVERS:
        yield f"expected at most {MOST_APPROVERS} who approve it"
    texts = (waiver.rule, waiver.reason, waiver.requested_by, waiver.ticket)
    if any(
        len(each) > MOST_CHARACTERS
        for each in (*texts, waiver.file, *waiver.approved_by)
    ):
        yield f"expected texts of at most {MOST_CHARACTERS} characters"
    if waiver.expires < today:
        yield f"it ended on {waiver.expires}"
    if waiver.expires > today + LONGEST:
        yield (
            f"it lasts until {waiver.expires}; the last day that it may have is"
            f" {today + LONGEST}"
        )
