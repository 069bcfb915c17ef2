"""Why a candidate is refused, who is hurt, and what to do about it.

Where `compatibility.check` stops at the first version that fails, as Confluent does,
this goes on over all versions that the level protects: one finding for each cause.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

from registry.application.cases import (
    HISTORY_TOO_LARGE,
    OF_ALL,
    RESERVED_FIELD_CONFLICT,
    RESERVED_FIELD_REMOVED,
    Case,
    Earlier,
    type_changed,
)
from registry.application.mending import Workshop
from registry.domain.levels import Direction
from registry.domain.promises import newest
from registry.domain.rules import Severity, Spot, Violation
from registry.domain.schema import ParsedSchema, ResolvedReference
from registry.domain.verdict import (
    Broken,
    Category,
    Change,
    Checked,
    EarlierPlace,
    Finding,
    Fix,
    fingerprint,
)

MOST_FINDINGS = 200
"""How many findings one candidate gets; nobody would read the rest."""

_DOCS = "docs/reference/rules.md"

_PARTIES = {
    Direction.BACKWARD: "new readers of old data",
    Direction.FORWARD: "old readers of new data",
}
_CONSEQUENCES = {
    (Direction.BACKWARD, Severity.ERROR): (
        "the new schema cannot read data written with {versions}"
    ),
    (Direction.BACKWARD, Severity.WARNING): (
        "the new schema may misread data written with {versions}"
    ),
    (Direction.FORWARD, Severity.ERROR): (
        "services still on {versions} cannot read what you will write"
    ),
    (Direction.FORWARD, Severity.WARNING): (
        "services still on {versions} may misread what you will write"
    ),
}
_DEPENDENTS = "whoever relies on {policy}"
_BROKEN_POLICY = "the new schema does not keep what {policy} promises for {versions}"

_OF_FIELDS = (RESERVED_FIELD_REMOVED, RESERVED_FIELD_CONFLICT)
_NOT_OF_THE_TEXT = (*_OF_FIELDS, *OF_ALL)
"""What no edit of the schema's text mends."""


@dataclass(frozen=True, slots=True)
class Means:
    """What else is known, for finding fixes.

    Attributes:
        closure: What the candidate's references stand for.
        is_whole: Whether the case's history is all there is: what is known beyond the
            promise's need serves to say how strong a level a fix reaches.
        clock: In milliseconds; looking for fixes ends when it has gone on too long.

    """

    closure: tuple[ResolvedReference, ...] = ()
    is_whole: bool = True
    clock: Callable[[], int] = lambda: 0


@dataclass(frozen=True, slots=True)
class _Break:
    """A violation, and in what the case found it.

    Attributes:
        earlier: None for what is wrong with the candidate alone.
        policy: The policy that it breaks; None for the level or reserved fields.

    """

    violation: Violation
    way: Direction
    earlier: Earlier | None
    policy: str | None = None


@dataclass(slots=True)
class _Cause:
    """The same break, over the versions that it was found against, newest first."""

    found: _Break
    old: str | None
    new: str | None
    against: list[int] = field(default_factory=list)

    @property
    def violation(self) -> Violation:
        return self.found.violation

    @property
    def severity(self) -> Severity:
        return self.violation.rule.severity

    @property
    def new_spot(self) -> Spot:
        backward = self.found.way is Direction.BACKWARD
        return self.violation.reader_spot if backward else self.violation.writer_spot

    @property
    def old_spot(self) -> Spot:
        backward = self.found.way is Direction.BACKWARD
        return self.violation.writer_spot if backward else self.violation.reader_spot


def findings(case: Case, means: Means = Means()) -> tuple[Finding, ...]:
    """Return errors first, then warnings, each in the order of the wire."""
    return tuple(finding for finding, _ in explained(case, means))


def explained(case: Case, means: Means = Means()) -> tuple[tuple[Finding, Spot], ...]:
    """Return the same, each with what it is about in the candidate or its references.

    A finding tells of places in the candidate's own text alone.
    """
    causes = sorted(_causes(case), key=lambda cause: cause.severity is Severity.WARNING)
    workshop = Workshop(case, means.closure, means.is_whole, means.clock)
    found = [_finding(case, cause, workshop) for cause in causes[:MOST_FINDINGS]]
    errors = [each for each in found if each.severity is Severity.ERROR]
    # Where nothing helps against any of them, nothing helps against all.
    is_hopeful = len(errors) > 1 and any(each.fixes for each in errors)
    if is_hopeful and (everything := workshop.together()) is not None:
        found[0] = _with_fix(found[0], everything)
    return tuple(zip(found, (each.new_spot for each in causes), strict=False))


def _with_fix(finding: Finding, fix: Fix) -> Finding:
    """Return the finding with one more fix, unless one of its own does the same."""
    if fix.schema in {each.schema for each in finding.fixes}:
        return finding
    return replace(finding, fixes=(*finding.fixes, fix))


def _causes(case: Case) -> list[_Cause]:
    causes: dict[tuple[str, Direction, str | None], _Cause] = {}
    fragments = _Fragments()
    number: Counter[Severity] = Counter()
    seen: set[tuple[str, str, Direction, str | None]] = set()
    for each in _breaks(case):
        rule = each.violation.rule
        place = (rule.id, each.violation.element, each.way, each.policy)
        if place not in seen and number[rule.severity] >= MOST_FINDINGS:
            continue  # It would not be told, and is none of those that are.
        seen.add(place)
        cause = _cause(case.candidate.schema, each, fragments)
        key = (_fingerprint(case.candidate.subject, cause), each.way, each.policy)
        number[rule.severity] += key not in causes
        known = causes.setdefault(key, cause)
        if each.earlier is not None and each.earlier.version not in known.against:
            known.against.append(each.earlier.version)
    return list(causes.values())


def _breaks(case: Case) -> Iterator[_Break]:
    """Yield all that is broken, warnings included, in the order of the wire."""
    latest = newest(case.history)
    for violation in case.of_fields():
        is_alone = violation.rule is RESERVED_FIELD_CONFLICT
        yield _Break(violation, Direction.BACKWARD, None if is_alone else latest)
    for earlier in case.protected:
        yield from _breaks_of_level(case, earlier)
    for earlier in case.governed:
        for policy, broken in case.of_policies(earlier).items():
            for violation in broken:
                yield _Break(violation, Direction.BACKWARD, earlier, policy)


def _breaks_of_level(case: Case, earlier: Earlier) -> Iterator[_Break]:
    if case.is_other_language(earlier):
        yield _Break(type_changed(), case.promise.level.directions[0], earlier)
        return
    for way in case.promise.level.directions:
        for violation in case.of_level(earlier, way):
            # What was not compared is told once, whichever way.
            is_left = violation.rule is HISTORY_TOO_LARGE
            told = case.promise.level.directions[0] if is_left else way
            yield _Break(violation, told, earlier)
        for violation in case.warnings(earlier, way):
            yield _Break(violation, way, earlier)


def _cause(new: ParsedSchema, found: _Break, fragments: "_Fragments") -> _Cause:
    violation, earlier = found.violation, found.earlier
    if violation.rule is RESERVED_FIELD_REMOVED:
        return _Cause(found, violation.element, None)
    if violation.rule in OF_ALL:
        # Whoever accepts it accepts this text, and no other.
        return _Cause(found, None, _digest(new))
    if earlier is None:
        return _Cause(found, None, violation.element)
    is_backward = found.way is Direction.BACKWARD
    reader, writer = (new, earlier.schema) if is_backward else (earlier.schema, new)
    read = (
        None if violation.reader_lacks else fragments.at(reader, violation.reader_spot)
    )
    written = (
        None if violation.writer_lacks else fragments.at(writer, violation.writer_spot)
    )
    return _Cause(found, *((written, read) if is_backward else (read, written)))


class _Fragments:
    """What stands at the spots of some schemas; many violations are at one spot."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, Spot], str | None] = {}

    def at(self, schema: ParsedSchema, spot: Spot) -> str | None:
        key = (id(schema), spot)
        if key not in self._known:
            self._known[key] = schema.fragment(spot)
        return self._known[key]


def _finding(case: Case, cause: _Cause, workshop: Workshop) -> Finding:
    violation, found = cause.violation, cause.found
    return Finding(
        rule=violation.rule.id,
        category=Category.POLICY if found.policy else Category.COMPATIBILITY,
        severity=cause.severity,
        subject=case.candidate.subject,
        schema_type=case.candidate.schema_type,
        message=_message(found),
        path=violation.element,
        change=_change(cause),
        location=case.candidate.schema.place(cause.new_spot),
        old_location=_earlier_place(cause),
        checked=Checked(
            case.promise.level, found.way, tuple(cause.against), found.policy
        ),
        broken=_broken(cause),
        why=violation.rule.why,
        fixes=_fixes(found, workshop),
        docs_url=f"{_DOCS}#{violation.rule.id}",
        fingerprint=_fingerprint(case.candidate.subject, cause),
    )


def _message(found: _Break) -> str:
    new = "the new schema"
    old = "" if found.earlier is None else f"version {found.earlier.version}"
    is_backward = found.way is Direction.BACKWARD
    return found.violation.message(*((new, old) if is_backward else (old, new)))


def _fixes(found: _Break, workshop: Workshop) -> tuple[Fix, ...]:
    if found.earlier is None or found.violation.rule in _NOT_OF_THE_TEXT:
        return ()
    return workshop.fixes(found.violation, found.way, found.earlier)


def _digest(schema: ParsedSchema) -> str:
    return f"sha256:{sha256(schema.canonical.encode()).hexdigest()}"


def _change(cause: _Cause) -> Change:
    if cause.violation.rule in OF_ALL:
        return Change("changed", None, cause.new)
    if cause.old is None:
        return Change("added", None, cause.new)
    if cause.new is None:
        return Change("removed", cause.old, None)
    return Change("changed", cause.old, cause.new)


def _earlier_place(cause: _Cause) -> EarlierPlace | None:
    earlier, spot = cause.found.earlier, cause.old_spot
    if earlier is None:
        return None
    place = earlier.schema.place(spot)
    line = None if place is None else place.line
    return EarlierPlace(earlier.version, earlier.schema_id, spot.pointer, line)


def _broken(cause: _Cause) -> tuple[Broken, ...]:
    if not cause.against or cause.violation.rule is HISTORY_TOO_LARGE:
        return ()
    way, policy = cause.found.way, cause.found.policy
    # A name that is free again harms nobody by itself.
    is_mild = cause.violation.rule in _OF_FIELDS
    sentence = _CONSEQUENCES[way, Severity.WARNING if is_mild else cause.severity]
    who = _PARTIES[way]
    if policy is not None:
        who, sentence = _DEPENDENTS.format(policy=policy), _BROKEN_POLICY
    consequence = sentence.format(versions=_versions(cause.against), policy=policy)
    return (Broken(who, consequence, min(cause.against)),)


def _versions(numbers: list[int]) -> str:
    """Return `version 3`, or `versions 1, 2 and 3`."""
    *others, last = (str(number) for number in sorted(numbers))
    return f"versions {', '.join(others)} and {last}" if others else f"version {last}"


def _fingerprint(subject: str, cause: _Cause) -> str:
    """Return the cause's name: nothing in it moves with lines, words or versions."""
    violation = cause.violation
    return fingerprint(
        violation.rule.id, subject, violation.element, cause.old, cause.new
    )
