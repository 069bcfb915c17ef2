"""What samples have in common: the kind of each member, and whether it is always there.

What is derived depends on the samples alone, not on their order.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

_INT: Final = 2**31
_LONG: Final = 2**63
_MOST_MEMBERS: Final = 5_000
_DAY: Final = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "moment": re.compile(
        _DAY + r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
        r"(Z|[-+]([01][0-9]|2[0-3]):[0-5][0-9])"
    ),
    "day": re.compile(_DAY),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
}
_LEAST_SURE: Final = 2
"""How many different texts of a form make it one: one alone may be chance."""


class Kind(StrEnum):
    """What a value of JSON is."""

    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    OBJECT = "object"


class SamplesError(Exception):
    """Samples that no schema can be derived from; the message says why."""


@dataclass(slots=True)
class Shape:
    """What the values at one place have in common.

    Attributes:
        seen: How many values there were.
        is_wide: Whether a whole number needs more than 32 bits.
        texts: Some of the texts, to tell what form they have.
        members: Of objects, by name.
        each: Of what is in the lists; None if they were all empty.

    """

    seen: int = 0
    kinds: set[Kind] = field(default_factory=set)
    is_wide: bool = False
    forms: set[str] = field(default_factory=lambda: {*_FORMS})
    texts: set[str] = field(default_factory=set)
    members: dict[str, "Shape"] = field(default_factory=dict)
    objects: int = 0
    each: "Shape | None" = None

    @property
    def is_nullable(self) -> bool:
        return Kind.NULL in self.kinds

    @property
    def kind(self) -> Kind | None:
        """The one kind beside null; None for none at all, or for several."""
        found = self.kinds - {Kind.NULL}
        if found == {Kind.INTEGER, Kind.NUMBER}:
            return Kind.NUMBER
        return next(iter(found)) if len(found) == 1 else None

    @property
    def form(self) -> str:
        """What all texts look like, if that is sure: moment, day or uuid."""
        is_sure = len(self.texts) >= _LEAST_SURE and len(self.forms) == 1
        return next(iter(self.forms)) if is_sure else ""

    def is_optional(self, name: str) -> bool:
        """Whether some objects lack a member."""
        return self.members[name].seen < self.objects


def shape_of(samples: Iterable[Any]) -> Shape:
    """Return what samples have in common.

    Raises:
        SamplesError: There are none, one is no object, or they have too many members.

    """
    found = Shape()
    count = _Count()
    for sample in samples:
        if not isinstance(sample, dict):
            raise SamplesError(f"sample {found.seen + 1}: expected an object")
        _take(found, sample, count)
    if not found.seen:
        raise SamplesError("expected samples, found none")
    return found


@dataclass(slots=True)
class _Count:
    members: int = 0

    def add(self) -> None:
        self.members += 1
        if self.members > _MOST_MEMBERS:
            raise SamplesError(f"expected at most {_MOST_MEMBERS} different members")


def _take(shape: Shape, value: Any, count: _Count) -> None:
    shape.seen += 1
    kind = _kind(value)
    shape.kinds.add(kind)
    if kind is Kind.INTEGER:
        _take_number(shape, value)
    elif kind is Kind.TEXT:
        shape.forms = {each for each in shape.forms if _FORMS[each].fullmatch(value)}
        if len(shape.texts) < _LEAST_SURE:
            shape.texts.add(value)
    elif kind is Kind.LIST:
        for each in value:
            shape.each = shape.each or Shape()
            _take(shape.each, each, count)
    elif kind is Kind.OBJECT:
        shape.objects += 1
        for name, each in value.items():
            if name not in shape.members:
                count.add()
                shape.members[name] = Shape()
            _take(shape.members[name], each, count)


def _take_number(shape: Shape, value: int) -> None:
    if not -_INT <= value < _INT:
        shape.is_wide = True
    if not -_LONG <= value < _LONG:
        # No language has whole numbers of that size.
        shape.kinds.add(Kind.NUMBER)


def _kind(value: Any) -> Kind:
    # The order matters: a flag is a number in Python.
    for kind, of in _KINDS:
        if isinstance(value, of):
            return kind
    return Kind.NULL


_KINDS: Final[tuple[tuple[Kind, type], ...]] = (
    (Kind.BOOLEAN, bool),
    (Kind.INTEGER, int),
    (Kind.NUMBER, float),
    (Kind.TEXT, str),
    (Kind.LIST, list),
    (Kind.OBJECT, dict),
)
