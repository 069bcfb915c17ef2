"""Findings as JSON: the one shape that the server, the gate and the page share."""

from collections.abc import Callable
from typing import Self, TypeVar

import msgspec

from registry.domain.harmless import harmless
from registry.domain.places import Place
from registry.domain.verdict import Broken, Change, Checked, EarlierPlace, Finding, Fix

Value = TypeVar("Value")
Body = TypeVar("Body")


class RangeBody(msgspec.Struct, rename="camel"):
    """A part of a text: lines and columns from 1, the end column exclusive."""

    line: int
    col: int
    end_line: int
    end_col: int
    pointer: str

    @classmethod
    def of(cls, place: Place) -> Self:
        return cls(
            place.line, place.column, place.end_line, place.end_column, place.pointer
        )


class ChangeBody(msgspec.Struct):
    kind: str
    old: str | None
    new: str | None

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(change.kind, change.old, change.new)


class EarlierPlaceBody(msgspec.Struct):
    version: int
    id: int
    pointer: str
    line: int | None

    @classmethod
    def of(cls, place: EarlierPlace) -> Self:
        return cls(place.version, place.schema_id, place.pointer, place.line)


class CheckedBody(msgspec.Struct):
    """What was compared; `against` names all versions with this cause.

    Attributes:
        policy: The stricter policy that is broken; absent for any other promise.

    """

    level: str
    direction: str
    against: tuple[int, ...]
    policy: str | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(cls, checked: Checked) -> Self:
        policy = msgspec.UNSET if checked.policy is None else checked.policy
        return cls(checked.level.name, checked.direction.name, checked.against, policy)


class BrokenBody(msgspec.Struct):
    who: str
    consequence: str
    since_version: int

    @classmethod
    def of(cls, broken: Broken) -> Self:
        return cls(broken.who, broken.consequence, broken.since_version)


class EditBody(msgspec.Struct):
    range: RangeBody
    text: str


class FixBody(msgspec.Struct):
    """A change after which the finding is gone: tried before it was offered."""

    title: str
    edits: tuple[EditBody, ...]
    result_level: str
    schema: str

    @classmethod
    def of(cls, fix: Fix) -> Self:
        edits = (EditBody(RangeBody.of(edit.place), edit.text) for edit in fix.edits)
        return cls(fix.title, tuple(edits), fix.result_level.name, fix.schema)


class FindingBody(msgspec.Struct):
    """One cause, over all versions that it concerns."""

    rule: str
    category: str
    severity: str
    subject: str
    format: str | None
    message: str
    path: str
    change: ChangeBody | None
    location: RangeBody | None
    old_location: EarlierPlaceBody | None
    checked: CheckedBody | None
    broken: tuple[BrokenBody, ...]
    why: str
    fixes: tuple[FixBody, ...]
    docs_url: str
    fingerprint: str

    def __post_init__(self) -> None:
        self.message = harmless(self.message)

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(
            rule=finding.rule,
            category=finding.category,
            severity=finding.severity,
            subject=finding.subject,
            format=finding.schema_type,
            message=finding.message,
            path=finding.path,
            change=_optional(ChangeBody.of, finding.change),
            location=_optional(RangeBody.of, finding.location),
            old_location=_optional(EarlierPlaceBody.of, finding.old_location),
            checked=_optional(CheckedBody.of, finding.checked),
            broken=tuple(map(BrokenBody.of, finding.broken)),
            why=finding.why,
            fixes=tuple(map(FixBody.of, finding.fixes)),
            docs_url=finding.docs_url,
            fingerprint=finding.fingerprint,
        )


def _optional(of: Callable[[Value], Body], value: Value | None) -> Body | None:
    return None if value is None else of(value)
