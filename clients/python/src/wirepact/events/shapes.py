"""What a type hint means, apart from any schema language."""

import enum
import types
import typing
from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence
from collections.abc import Sequence as AbstractSequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Union
from uuid import UUID

from wirepact.events.faults import EventTypeError
from wirepact.events.marks import Clock, Digits, Fixed, Unit, Width
from wirepact.events.members import is_record


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value.

    Attributes:
        type: The class of the values; `type(None)` for None alone.

    """

    type: type
    digits: Digits | None = None
    unit: Unit | None = None
    width: Width | None = None
    fixed: Fixed | None = None
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Anything:
    """`Any`: taken and given as it is."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The members of an enum class."""

    cls: type[enum.Enum]


@dataclass(frozen=True, slots=True)
class Constants:
    """`Literal`: texts or numbers, in the order in which they are written."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """Values of one shape, in a list, tuple, set or frozenset."""

    item: "Shape"
    build: type


@dataclass(frozen=True, slots=True)
class Table:
    """Values by text."""

    value: "Shape"


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes, in the order in which they are written."""

    options: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Instances of a class with fields; the fields are looked up by who needs them."""

    cls: type


Shape = Scalar | Anything | Choices | Constants | Collection | Table | Either | Record

NONE: Final = Scalar(type(None))

_SCALARS: Final = frozenset(
    {
        type(None),
        bool,
        int,
        float,
        str,
        bytes,
        Decimal,
        date,
        time,
        datetime,
        timedelta,
        UUID,
    }
)

_COLLECTIONS: Final[Mapping[Any, type]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    AbstractSequence: list,
    MutableSequence: list,
    Iterable: list,
    AbstractSet: set,
}

_TABLES: Final = frozenset({dict, Mapping, MutableMapping})

_TAKES: Final[Mapping[type, tuple[str, frozenset[type]]]] = {
    Digits: ("digits", frozenset({Decimal})),
    Unit: ("unit", frozenset({int, time, datetime, timedelta})),
    Width: ("width", frozenset({int, float})),
    Fixed: ("fixed", frozenset({bytes, Decimal, UUID, timedelta})),
    Clock: ("is_local", frozenset({int, datetime})),
}
"""A mark to the attribute that holds it, and the types that it says something about."""


def shape_of(hint: Any, where: str) -> Shape:
    """Return what a type hint means.

    Args:
        where: The class and the field, for errors.

    Raises:
        EventTypeError: Events cannot carry such values.

    """
    return _shape(hint, (), where)


def _shape(hint: Any, marks: tuple[Any, ...], where: str) -> Shape:
    hint, marks = _opened(hint, marks)
    if hint is None:
        hint = type(None)
    if hint is Any or hint is object:
        return Anything()
    origin = typing.get_origin(hint)
    if origin in _GENERIC:
        return _GENERIC[origin](typing.get_args(hint), marks, where)
    if isinstance(hint, type):
        return _class(hint, marks, where)
    raise _refused(hint, where)


def _opened(hint: Any, marks: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Take off `Annotated`, new types and aliases."""
    while True:
        if typing.get_origin(hint) is Annotated:
            hint, *more = typing.get_args(hint)
            marks = (*more, *marks)
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        elif type(hint).__name__ == "TypeAliasType":
            hint = hint.__value__
        elif typing.get_origin(hint) is typing.Final:
            (hint,) = typing.get_args(hint)
        else:
            return hint, marks


def _class(cls: type, marks: tuple[Any, ...], where: str) -> Shape:
    if issubclass(cls, enum.Flag):
        raise EventTypeError(where, "flags can be combined; write set[...] of an Enum")
    if issubclass(cls, enum.Enum):
        return Choices(cls)
    if cls in _SCALARS:
        return _scalar(cls, marks, where)
    if is_record(cls):
        return Record(cls)
    if cls in _COLLECTIONS or cls is tuple:
        return Collection(Anything(), _COLLECTIONS.get(cls, cls))
    if cls in _TABLES:
        return Table(Anything())
    raise _refused(cls, where)


def _scalar(cls: type, marks: tuple[Any, ...], where: str) -> Scalar:
    found: dict[str, Any] = {}
    for mark in marks:
        if type(mark) not in _TAKES:
            continue
        attribute, takers = _TAKES[type(mark)]
        if cls not in takers:
            names = " or ".join(sorted(each.__name__ for each in takers))
            raise EventTypeError(
                where, f"{mark!r} is for {names}, and says nothing about {cls.__name__}"
            )
        found[attribute] = True if attribute == "is_local" else mark
    return Scalar(cls, **found)


def _union(args: tuple[Any, ...], marks: tuple[Any, ...], where: str) -> Shape:
    """Return the alternatives, each with the marks that are about it."""
    options: list[Shape] = []
    for arg in args:
        bare, more = _opened(arg, ())
        fitting = tuple(
            mark
            for mark in marks
            if type(mark) in _TAKES and bare in _TAKES[type(mark)][1]
        )
        inner = _shape(bare, (*more, *fitting), where)
        options += inner.options if isinstance(inner, Either) else [inner]
    unique = tuple(dict.fromkeys(options))
    return unique[0] if len(unique) == 1 else Either(unique)


def _literal(args: tuple[Any, ...], _marks: tuple[Any, ...], where: str) -> Shape:
    values = tuple(each for each in args if each is not None)
    if not all(type(each) in (str, int, bool) for each in values):
        raise EventTypeError(where, "Literal may hold texts and whole numbers here")
    constants = Constants(values)
    return constants if len(values) == len(args) else Either((NONE, constants))


def _tuple(args: tuple[Any, ...], marks: tuple[Any, ...], where: str) -> Shape:
    if len(args) != 2 or args[1] is not Ellipsis:
        raise EventTypeError(
            where,
            "a tuple of a fixed form has no name for its parts; write a dataclass,"
            " or tuple[X, ...] for any number of equal ones",
        )
    return Collection(_shape(args[0], (), where), tuple)


def _collection(build: type) -> Callable[[Any, Any, str], Shape]:
    return lambda args, marks, where: Collection(_shape(args[0], (), where), build)


def _table(args: tuple[Any, ...], marks: tuple[Any, ...], where: str) -> Shape:
    key, _ = _opened(args[0], ())
    if key is not str:
        raise EventTypeError(where, "the keys of a dict must be str")
    return Table(_shape(args[1], (), where))


_GENERIC: Final[Mapping[Any, Callable[[Any, Any, str], Shape]]] = {
    Union: _union,
    types.UnionType: _union,
    Literal: _literal,
    tuple: _tuple,
    **{origin: _collection(build) for origin, build in _COLLECTIONS.items()},
    **dict.fromkeys(_TABLES, _table),
}


def types_of(shape: Shape) -> tuple[type, ...]:
    """Return the classes that the values of a shape have."""
    match shape:
        case Scalar():
            return (shape.type,)
        case Choices() | Record():
            return (shape.cls,)
        case Collection():
            return (shape.build,)
        case Constants():
            return tuple(dict.fromkeys(type(each) for each in shape.values))
        case Table():
            return (dict,)
        case _:
            return (object,)


def worded(shape: Shape) -> str:
    """Return a shape as errors name it."""
    match shape:
        case Scalar():
            return shape.type.__name__
        case Choices() | Record():
            return shape.cls.__name__
        case Collection():
            return shape.build.__name__
        case Constants():
            return f"Literal{list(shape.values)!r}"
        case Table():
            return "dict"
        case Either():
            return " | ".join(worded(each) for each in shape.options)
        case _:
            return "Any"


def _refused(hint: Any, where: str) -> EventTypeError:
    return EventTypeError(
        where,
        f"events cannot carry {hint!r}; use a dataclass, an Enum, list, dict, a union"
        " of those, or one of bool, int, float, str, bytes, Decimal, date, time,"
        " datetime, timedelta, UUID",
    )
