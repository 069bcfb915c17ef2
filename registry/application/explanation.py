"""Why a candidate is refused, who is hurt, and what to do about it.

Where `compatibility.check` stops at the first version that fails, as Confluent does,
this goes on over all versions that the level protects: one finding for each cause.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from registry.application.compatibility import (
    SCHEMA_TYPE_CHANGED,
    Candidate,
    Earlier,
    compare,
)
from registry.application.mending import Workshop
from registry.domain.levels import Direction, Level
from registry.domain.rules import Severity, Spot, Violation
from registry.domain.schema import AnyFormat, ParsedSchema, ResolvedReference
from registry.domain.verdict import (
    Broken,
    Category,
    Change,
    Checked,
    EarlierPlace,
    Finding,
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


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be explained.

    Attributes:
        form: The candidate's format.
        closure: What the candidate's references stand for.
        history: Live versions, oldest first: at least those that the level protects;
            what is known beyond serves to say how strong a level a fix reaches.
        is_whole: Whether the history is all there is.
        clock: In milliseconds; looking for fixes ends when it has gone on too long.

    """

    form: AnyFormat
    candidate: Candidate
    closure: tuple[ResolvedReference, ...]
    history: tuple[Earlier, ...]
    level: Level
    is_whole: bool = True
    clock: Callable[[], int] = lambda: 0


@dataclass(slots=True)
class _Cause:
    """The same violation, over the versions that it was found against, newest first."""

    violation: Violation
    way: Direction
    nearest: Earlier
    old: str | None
    new: str | None
    against: list[int] = field(default_factory=list)

    @property
    def severity(self) -> Severity:
        return self.violation.rule.severity

    @property
    def new_spot(self) -> Spot:
        backward = self.way is Direction.BACKWARD
        return self.violation.reader_spot if backward else self.violation.writer_spot

    @property
    def old_spot(self) -> Spot:
        backward = self.way is Direction.BACKWARD
        return self.violation.writer_spot if backward else self.violation.reader_spot


def findings(case: Case) -> tuple[Finding, ...]:
    """Return errors first, then warnings, each in the order of the wire."""
    causes = sorted(_causes(case), key=lambda cause: cause.severity is Severity.WARNING)
    workshop = Workshop(
        case.form,
        case.candidate.schema,
        case.closure,
        tuple(e for e in case.history if e.schema_type is case.candidate.schema_type),
        case.level,
        is_whole=case.is_whole,
        clock=case.clock,
    )
    found = [_finding(case, cause, workshop) for cause in causes[:MOST_FINDINGS]]
    errors = [each for each in found if each.severity is Severity.ERROR]
    # Where nothing helps against any of them, nothing helps against all.
    is_hopeful = len(errors) > 1 and any(each.fixes for each in errors)
    if is_hopeful and (everything := workshop.together()) is not None:
        found[0] = replace(found[0], fixes=(*found[0].fixes, everything))
    return tuple(found)


def _causes(case: Case) -> list[_Cause]:
    causes: dict[tuple[str, Direction], _Cause] = {}
    fragments = _Fragments()
    number: Counter[Severity] = Counter()
    seen: set[tuple[str, str, Direction]] = set()
    for earlier in case.level.protected(case.history):
        for way, violation in _violations(case, earlier):
            place = (violation.rule.id, violation.element, way)
            severity = violation.rule.severity
            if place not in seen and number[severity] >= MOST_FINDINGS:
                continue  # It would not be told, and is none of those that are.
            seen.add(place)
            cause = _cause(case.candidate.schema, earlier, way, violation, fragments)
            key = (_fingerprint(case.candidate.subject, cause), way)
            number[severity] += key not in causes
            known = causes.setdefault(key, cause)
            if earlier.version not in known.against:
                known.against.append(earlier.version)
    return list(causes.values())


def _violations(case: Case, earlier: Earlier) -> Iterator[tuple[Direction, Violation]]:
    new, old = case.candidate.schema, earlier.schema
    if earlier.schema_type is not case.candidate.schema_type:
        root = Spot("")
        yield (
            case.level.directions[0],
            Violation(SCHEMA_TYPE_CHANGED, "", "", root, root),
        )
        return
    for way in case.level.directions:
        for violation in compare(case.form, new, old, way):
            yield way, violation
        pair = (new, old) if way is Direction.BACKWARD else (old, new)
        for violation in case.form.warnings(*pair, way):
            yield way, violation


def _cause(
    new: ParsedSchema,
    earlier: Earlier,
    way: Direction,
    violation: Violation,
    fragments: "_Fragments",
) -> _Cause:
    reader, writer = (
        (new, earlier.schema) if way is Direction.BACKWARD else (earlier.schema, new)
    )
    read = (
        None if violation.reader_lacks else fragments.at(reader, violation.reader_spot)
    )
    written = (
        None if violation.writer_lacks else fragments.at(writer, violation.writer_spot)
    )
    old_and_new = (written, read) if way is Direction.BACKWARD else (read, written)
    return _Cause(violation, way, earlier, *old_and_new)


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
    violation, nearest = cause.violation, cause.nearest
    parties = {
        Direction.BACKWARD: ("the new schema", f"version {nearest.version}"),
        Direction.FORWARD: (f"version {nearest.version}", "the new schema"),
    }
    return Finding(
        rule=violation.rule.id,
        category=Category.COMPATIBILITY,
        severity=cause.severity,
        subject=case.candidate.subject,
        schema_type=case.candidate.schema_type,
        message=violation.message(*parties[cause.way]),
        path=violation.element,
        change=_change(cause),
        location=case.candidate.schema.place(cause.new_spot),
        old_location=_earlier_place(cause),
        checked=Checked(case.level, cause.way, tuple(cause.against)),
        broken=(_broken(cause),),
        why=violation.rule.why,
        fixes=workshop.fixes(violation, cause.way, nearest),
        docs_url=f"{_DOCS}#{violation.rule.id}",
        fingerprint=_fingerprint(case.candidate.subject, cause),
    )


def _change(cause: _Cause) -> Change:
    if cause.old is None:
        return Change("added", None, cause.new)
    if cause.new is None:
        return Change("removed", cause.old, None)
    return Change("changed", cause.old, cause.new)


def _earlier_place(cause: _Cause) -> EarlierPlace:
    earlier, spot = cause.nearest, cause.old_spot
    place = earlier.schema.place(spot)
    line = None if place is None else place.line
    return EarlierPlace(earlier.version, earlier.schema_id, spot.pointer, line)


def _broken(cause: _Cause) -> Broken:
    sentence = _CONSEQUENCES[cause.way, cause.severity]
    return Broken(
        _PARTIES[cause.way],
        sentence.format(versions=_versions(cause.against)),
        min(cause.against),
    )


def _versions(numbers: list[int]) -> str:
    """Return `version 3`, or `versions 1, 2 and 3`."""
    *others, last = (str(number) for number in sorted(numbers))
    return f"versions {', '.join(others)} and {last}" if others else f"version {last}"


def _fingerprint(subject: str, cause: _Cause) -> str:
    """Return the cause's name: nothing in it moves with lines, words or versions."""
    violation = cause.violation
    parts = (violation.rule.id, subject, violation.element, cause.old, cause.new)
    text = "|".join("" if part is None else part for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()
