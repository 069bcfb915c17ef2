"""Waivers: findings that were accepted, by whom, why, and until when.

A waiver names one finding by its fingerprint: one cause at one place, whatever becomes
of lines, words and versions. It is one file in `waivers/`, so that to accept is a
change that is reviewed like any other.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from registry.domain.lint import LintLevel, LintRule
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.verdict import Category, Finding, fingerprint
from registry.gate.manifests import ManifestError
from registry.gate.members import Members
from registry.gate.report import Kind, Located, Waived

LONGEST: Final = timedelta(days=180)
USUAL: Final = timedelta(days=14)
SOON: Final = timedelta(days=7)
DOCS: Final = "docs/reference/policies.md"

_SCOPES: Final = {each: each for each in ("check", "register", "deploy")}
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
EXPIRED: Final = LintRule(
    "WAIVER_EXPIRED",
    "A waiver's last day is today or later.",
    "What it accepted counts again; mend it, or have a new waiver approved.",
    LintLevel.MINIMAL,
)
EXPIRES_SOON: Final = LintRule(
    "WAIVER_EXPIRES_SOON",
    f"A waiver has more than {SOON.days} days left.",
    "What it accepts will fail the next run after its last day.",
    LintLevel.MINIMAL,
)
UNUSED: Final = LintRule(
    "WAIVER_UNUSED",
    "A waiver accepts a finding that there is.",
    "One that is left behind would accept the same thing again, unseen; delete it.",
    LintLevel.MINIMAL,
)
TOO_LONG: Final = LintRule(
    "WAIVER_TOO_LONG",
    f"A waiver lasts no more than {LONGEST.days} days.",
    "What is accepted for ever is a rule that nobody keeps; it is not followed.",
    LintLevel.MINIMAL,
    severity=Severity.ERROR,
)
INVALID: Final = LintRule(
    "WAIVER_INVALID",
    "A file in waivers says all that a waiver must.",
    "It is not followed, and what it should accept counts.",
    LintLevel.MINIMAL,
    severity=Severity.ERROR,
)
RULES: Final = (EXPIRED, EXPIRES_SOON, UNUSED, TOO_LONG, INVALID)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that was accepted.

    Attributes:
        file: Relative to the repository.
        rule: Of the finding; empty where the file does not say it.
        subject: The same.
        expires: The last day.
        scope: What it is accepted for: `check`, `register` or `deploy`.
        place: Of its last day in the file.

    """

    file: PurePosixPath
    fingerprint: str
    reason: str
    approved_by: tuple[str, ...]
    expires: date
    rule: str = ""
    subject: str = ""
    ticket: str = ""
    requested_by: str = ""
    scope: str = "check"
    place: Place | None = None

    def accepts(self, located: Located) -> bool:
        finding = located.finding
        return (
            located.is_waivable
            and finding.fingerprint == self.fingerprint
            and self.rule in ("", finding.rule)
            and self.subject in ("", finding.subject)
        )


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers of a repository.

    Attributes:
        invalid: What is wrong with the others, as findings.

    """

    found: tuple[Waiver, ...] = ()
    invalid: tuple[Located, ...] = ()

    def __add__(self, other: "Waivers") -> "Waivers":
        return Waivers((*self.found, *other.found), (*self.invalid, *other.invalid))


def of(file: PurePosixPath, text: str) -> Waivers:
    """Return the waiver of one file, or what is wrong with it."""
    try:
        return Waivers((_waiver(Members.of(Path(file), text), file),))
    except ManifestError as error:
        finding = _finding(INVALID, file, error.reason, error.place, "", "")
        return Waivers(invalid=(finding,))


def _waiver(members: Members, name: PurePosixPath) -> Waiver:
    members.only(
        "fingerprint",
        "rule",
        "subject",
        "reason",
        "ticket",
        "requested_by",
        "approved_by",
        "expires",
        "scope",
    )
    print_ = members.get_text("fingerprint")
    if not _FINGERPRINT.fullmatch(print_):
        reason = "expected the 64 digits of a fingerprint, as the report has them"
        raise members.error(reason, "fingerprint")
    approvers = members.texts("approved_by")
    if not approvers:
        raise members.error("expected who has approved it in 'approved_by'")
    requested_by = members.find("requested_by", str) or ""
    if requested_by in approvers:
        reason = f"'{requested_by}' asked for it, and cannot approve it as well"
        raise members.error(reason, "approved_by")
    return Waiver(
        name,
        print_,
        members.get_text("reason"),
        approvers,
        _expires(members),
        members.find("rule", str) or "",
        members.find("subject", str) or "",
        members.find("ticket", str) or "",
        requested_by,
        members.one_of("scope", _SCOPES, "check"),
        members.document.places.get("/expires"),
    )


def _expires(members: Members) -> date:
    text = members.get_text("expires")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        reason = f"expires: expected a day such as 2027-01-31, found '{text[:40]}'"
        raise members.error(reason, "expires") from error


def apply(
    findings: Iterable[Located],
    waivers: Waivers,
    today: date,
    seen: Set[str] | None = frozenset(),
) -> Iterator[Located]:
    """Yield the findings, those that are accepted marked so, and what waivers lack.

    Args:
        today: By the clock of the caller.
        seen: The subjects of which all was found that could be, None for all there are:
            only of these can a waiver be told to be unused.

    """
    of_check = [each for each in waivers.found if each.scope == "check"]
    in_force = [each for each in of_check if today <= each.expires <= today + LONGEST]
    used: set[PurePosixPath] = set()
    for located in findings:
        accepting = [each for each in in_force if each.accepts(located)]
        used.update(each.file for each in accepting)
        yield replace(located, waived=_waived(accepting)) if accepting else located
    yield from waivers.invalid
    for waiver in of_check:
        is_sure = seen is None or waiver.subject in seen
        is_unused = is_sure and waiver.file not in used
        yield from _about(waiver, today, is_unused=is_unused)


def _waived(accepting: Sequence[Waiver]) -> Waived:
    longest = max(accepting, key=lambda each: each.expires)
    return Waived(
        longest.file, longest.reason, longest.approved_by, longest.expires.isoformat()
    )


def _about(waiver: Waiver, today: date, *, is_unused: bool) -> Iterator[Located]:
    left = (waiver.expires - today).days
    if left < 0:
        message = f"the waiver ended on {waiver.expires}"
        yield _of_waiver(EXPIRED, waiver, message)
    elif waiver.expires > today + LONGEST:
        message = (
            f"the waiver lasts until {waiver.expires}; the last day that it may have is"
            f" {today + LONGEST}"
        )
        yield _of_waiver(TOO_LONG, waiver, message)
    elif is_unused:
        message = "the waiver accepts nothing that was found"
        yield _of_waiver(UNUSED, waiver, message)
    elif waiver.expires < today + SOON:
        when = "today" if left == 0 else f"in {left} days" if left > 1 else "tomorrow"
        message = f"the waiver ends {when}, on {waiver.expires}"
        yield _of_waiver(EXPIRES_SOON, waiver, message)


def _of_waiver(rule: LintRule, waiver: Waiver, message: str) -> Located:
    return _finding(
        rule,
        waiver.file,
        f"{message}: {waiver.reason}",
        waiver.place,
        waiver.subject,
        waiver.fingerprint,
    )


def _finding(
    rule: LintRule,
    file: PurePosixPath,
    message: str,
    place: Place | None,
    subject: str,
    waived: str,
) -> Located:
    finding = Finding(
        rule=rule.id,
        category=Category.WAIVER,
        severity=rule.severity,
        subject=subject,
        schema_type=None,
        message=message,
        path=file.stem,
        change=None,
        location=place,
        old_location=None,
        checked=None,
        broken=(),
        why=rule.why,
        fixes=(),
        docs_url=f"{DOCS}#{rule.id}",
        fingerprint=fingerprint(rule.id, subject, str(file), None, waived),
    )
    return Located(finding, Kind.WAIVER, None, file)
