"""Conversions as values: planned once for a class and a schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple


@dataclass(frozen=True, slots=True)
class Same:
    """The value itself."""


@dataclass(frozen=True, slots=True)
class Apply:
    """The result of a function.

    Attributes:
        of: What the value should be, for the error.

    """

    function: Callable[[Any], Any]
    of: type | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the value.

    Attributes:
        of: What the value should be, for the error.

    """

    name: str
    of: type | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Each:
    """The items, converted, in a collection of a type."""

    item: "Conversion"
    build: type


@dataclass(frozen=True, slots=True)
class EachValue:
    """The values of a mapping, converted."""

    value: "Conversion"


@dataclass(frozen=True, slots=True)
class OrNone:
    """None for None."""

    some: "Conversion"


@dataclass(frozen=True, slots=True)
class NotNone:
    """An error for None, which the schema allows and the class does not."""

    some: "Conversion"
    place: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """A pair of a type's name and the converted value."""

    tag: str
    value: "Conversion"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the type of the value says.

    Attributes:
        by_type: Exact types; a value of another type is tried against them in order.
        by_tag: For pairs of a name and a value.
        place: For the error.

    """

    by_type: Mapping[type, "Conversion"]
    by_tag: Mapping[str, "Conversion"]
    place: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """The first conversion whose condition holds of the value."""

    options: tuple[tuple[Callable[[Any], bool], "Conversion"], ...]
    otherwise: "Conversion"


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a record.

    Attributes:
        attribute: In the class; for `FromDict` and `Build` the keyword.
        key: In the dict, or the attribute of what is built from.
        is_optional: Left out when it is None, or when it is missing.
        is_none_if_missing: Instead of being left out.
        is_needed: The class cannot be made without it.

    """

    attribute: str
    key: str
    conversion: "Conversion"
    is_optional: bool = False
    is_none_if_missing: bool = False
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class ToDict:
    """A dict.

    Attributes:
        of: What the value should be, for the error.

    """

    entries: tuple[Entry, ...]
    of: type | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FromDict:
    """An instance.

    Attributes:
        construct: Called with the entries as keywords.
        setters: Of all fields, for a class that may be filled without its constructor.
        validate: Makes the instance of a dict of keywords; None for `construct`.

    """

    construct: Callable[..., Any]
    entries: tuple[Entry, ...]
    setters: Mapping[str, Callable[[Any, Any], None]] | None = None
    validate: Callable[[dict[str, Any]], Any] | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """An instance made from the attributes of another.

    Attributes:
        construct: Called with the entries as keywords.
        of: What the value should be, for the error.
        has: Tells whether an optional attribute is there; None for "it is not None".

    """

    construct: Callable[..., Any]
    entries: tuple[Entry, ...]
    has: Callable[[Any, str], bool] | None = None
    of: type | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Use:
    """A conversion of the plan, by its name: that is how types contain themselves."""

    name: str


Conversion = (
    Same
    | Apply
    | Attribute
    | Each
    | EachValue
    | OrNone
    | NotNone
    | Tagged
    | Choice
    | Attempt
    | ToDict
    | FromDict
    | Build
    | Use
)

SAME: Final = Same()


class Pair(NamedTuple):
    """The conversion to what a codec writes, and the one from what it reads."""

    to_plain: Conversion
    from_plain: Conversion


def each_item(item: Conversion, build: type, *, plain: type) -> Conversion:
    """Return the conversion of a collection; none where nothing would change."""
    return SAME if item == SAME and build is plain else Each(item, build)


def each_value(value: Conversion) -> Conversion:
    return SAME if value == SAME else EachValue(value)


def or_none(some: Conversion) -> Conversion:
    return SAME if some == SAME else OrNone(some)
