"""Waivers: findings that were accepted, by whom, why, and until when.

A waiver names one finding by its fingerprint: one cause at one place, whatever becomes
of lines, words and versions. It is one file in `waivers/`, so that to accept is a
change that is reviewed like any other.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from registry.domain.lint import LintLevel, LintRule
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.verdict import Category, Finding, fingerprint
from registry.domain.waivers import LONGEST, is_same_person
from registry.gate.manifests import ManifestError
from registry.gate.members import Members
from registry.gate.report import Kind, Located, Waived

USUAL: Final = timedelta(days=14)
SOON: Final = timedelta(days=7)
DOCS: Final = "docs/reference/policies.md"


class Scope(StrEnum):
    """Where a waiver accepts what it names.

    That a service may be deployed nevertheless, nobody asks: it is no scope before
    somebody does.
    """

    CHECK = "check"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class WaiverSettings:
    """How long the waivers of a folder last.

    Attributes:
        usual: Of one that is written without a last day.
        longest: Of any.

    """

    usual: timedelta = USUAL
    longest: timedelta = LONGEST


_DEPLOY: Final = "deploy"
NO_DEPLOYMENTS: Final = (
    "'deploy' accepts nothing, as nobody is asked before a service is deployed;"
    " expected check, register, or both"
)
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
    f"A waiver lasts no longer than `maxDays` in the settings: {LONGEST.days} days if"
    " nothing is said, and at most.",
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
ELSEWHERE: Final = LintRule(
    "WAIVER_ELSEWHERE",
    "A waiver that is needed holds in the environment that the run is for.",
    "What it accepts elsewhere counts here; say by --environment which it is.",
    LintLevel.MINIMAL,
)
RULES: Final = (EXPIRED, EXPIRES_SOON, UNUSED, TOO_LONG, INVALID, ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that was accepted.

    Attributes:
        file: Relative to the repository.
        rule: Of the finding; empty where the file does not say it.
        subject: The same.
        expires: The last day.
        scopes: Where it is accepted.
        environments: For which alone; none for all.
        longest: How long the folder lets a waiver last.
        looks_back: Whether its subject's level is about all versions.
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
    scopes: frozenset[Scope] = frozenset({Scope.CHECK})
    environments: tuple[str, ...] = ()
    longest: timedelta = LONGEST
    looks_back: bool = False
    place: Place | None = None

    @property
    def is_needed_again(self) -> bool:
        """Whether later versions meet the one that it was registered in spite of."""
        return self.looks_back and Scope.REGISTER in self.scopes

    def is_in_force(self, today: date) -> bool:
        return today <= self.expires <= today + self.longest

    def holds_in(self, environment: str) -> bool:
        """Say whether it is meant for an environment; an empty name is none."""
        return not self.environments or environment in self.environments

    def names(self, located: Located) -> bool:
        """Say whether a finding is the one that it accepts, if it is in force."""
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


def of(
    file: PurePosixPath, text: str, settings: WaiverSettings = WaiverSettings()
) -> Waivers:
    """Return the waiver of one file, or what is wrong with it."""
    try:
        waiver = _waiver(Members.of(Path(file), text), file)
        return Waivers((replace(waiver, longest=settings.longest),))
    except ManifestError as error:
        return refused(file, error)


def refused(file: PurePosixPath, error: ManifestError) -> Waivers:
    """Return what is wrong with a file that is no waiver."""
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
        "conditions",
    )
    print_ = members.get_text("fingerprint")
    if not _FINGERPRINT.fullmatch(print_):
        reason = "expected the 64 digits of a fingerprint, as the report has them"
        raise members.error(reason, "fingerprint")
    requested_by = members.find("requested_by", str) or ""
    scopes = _scopes(members)
    if Scope.REGISTER in scopes:
        # A registry accepts nothing that is not named in full.
        for key in ("rule", "subject"):
            members.get_text(key)
    return Waiver(
        name,
        print_,
        members.get_text("reason"),
        _approvers(members, requested_by),
        _expires(members),
        members.find("rule", str) or "",
        members.find("subject", str) or "",
        members.find("ticket", str) or "",
        requested_by,
        scopes,
        _environments(members),
        place=members.document.places.get("/expires"),
    )


def _approvers(members: Members, requested_by: str) -> tuple[str, ...]:
    approvers = members.texts("approved_by")
    if not approvers or not all(each.strip() for each in approvers):
        raise members.error("expected who has approved it in 'approved_by'")
    if any(is_same_person(requested_by, each) for each in approvers):
        reason = f"'{requested_by}' asked for it, and cannot approve it as well"
        raise members.error(reason, "approved_by")
    return approvers


def _scopes(members: Members) -> frozenset[Scope]:
    said = members.value.get("scope", Scope.CHECK.value)
    names = [said] if isinstance(said, str) else members.texts("scope")
    for each in names:
        if each == _DEPLOY:
            raise members.error(f"scope: {NO_DEPLOYMENTS}", "scope")
        if each not in {*Scope}:
            reason = f"scope: expected {', '.join(Scope)}, or both, found '{each[:80]}'"
            raise members.error(reason, "scope")
    if not names:
        raise members.error("scope: expected check, register, or both", "scope")
    return frozenset(map(Scope, names))


def _environments(members: Members) -> tuple[str, ...]:
    conditions = members.inside("conditions")
    conditions.only("environment")
    environments = conditions.texts("environment")
    if "conditions" in members.value and not environments:
        reason = "conditions: expected environments, such as `environment: [test]`"
        raise members.error(reason, "conditions")
    return environments


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
    environment: str = "",
) -> Iterator[Located]:
    """Yield the findings, those that are accepted marked so, and what waivers lack.

    Args:
        today: By the clock of the caller.
        seen: The subjects of which all was found that could be, None for all there are:
            only of these can a waiver be told to be unused.
        environment: The one that the findings are for; empty for none.

    """
    in_force = [each for each in waivers.found if each.is_in_force(today)]
    used: set[PurePosixPath] = set()
    missed: dict[PurePosixPath, Waiver] = {}
    for located in findings:
        named = [each for each in in_force if each.names(located)]
        used.update(each.file for each in named)
        of_check = [each for each in named if Scope.CHECK in each.scopes]
        accepting = [each for each in of_check if each.holds_in(environment)]
        if not accepting:
            missed |= {each.file: each for each in of_check}
        yield replace(located, waived=_waived(accepting)) if accepting else located
    yield from waivers.invalid
    for waiver in missed.values():
        yield elsewhere(waiver, environment)
    for waiver in waivers.found:
        is_sure = seen is None or waiver.subject in seen
        is_unused = is_sure and waiver.file not in used and not waiver.is_needed_again
        yield from about(waiver, today, is_unused=is_unused)


def _waived(accepting: Sequence[Waiver]) -> Waived:
    longest = max(accepting, key=lambda each: each.expires)
    return Waived(
        longest.file, longest.reason, longest.approved_by, longest.expires.isoformat()
    )


def elsewhere(waiver: Waiver, environment: str) -> Located:
    """Return that a waiver is meant for another environment."""
    here = f"the environment {environment}" if environment else "no environment"
    names = ", ".join(waiver.environments)
    message = f"the waiver holds in {names} alone, and this run is for {here}"
    return _of_waiver(ELSEWHERE, waiver, message)


def about(waiver: Waiver, today: date, *, is_unused: bool) -> Iterator[Located]:
    """Yield what a waiver lacks, or why it is not in force."""
    left = (waiver.expires - today).days
    if left < 0:
        message = f"the waiver ended on {waiver.expires}"
        yield _of_waiver(EXPIRED, waiver, message)
    elif waiver.expires > today + waiver.longest:
        message = (
            f"the waiver lasts until {waiver.expires}; the last day that it may have is"
            f" {today + waiver.longest}"
        )
        yield _of_waiver(TOO_LONG, waiver, message)
    elif is_unused:
        message = "the waiver accepts nothing that was found"
        if Scope.REGISTER in waiver.scopes:
            message += "; it is used up once its version is registered"
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
