"""What is said about a field beyond its type, inside of `Annotated[...]`."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Name:
    """How the schema calls the field, where it is not the Python name in camelCase."""

    text: str


@dataclass(frozen=True, slots=True)
class Doc:
    """What the field means; the schema carries it."""

    text: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A former name of the field, under which older data has it."""

    text: str


@dataclass(frozen=True, slots=True)
class Digits:
    """How many digits a `Decimal` has, and how many of them are decimals."""

    precision: int
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Fixed:
    """Bytes of one length, as a named type.

    Attributes:
        name: Its full name; without a dot it is in the namespace of the event.
        size: In bytes.

    """

    name: str
    size: int
    aliases: tuple[str, ...] = ()
    doc: str | None = None


class Unit(Enum):
    """What a time is counted in, in the schema."""

    MILLIS = "millis"
    MICROS = "micros"
    NANOS = "nanos"


class Width(Enum):
    """A number of fewer bits than Python's; `int` is 64 bits otherwise."""

    INT32 = "int"
    FLOAT32 = "float"


class Clock(Enum):
    """A time on a wall, without a zone: the same digits everywhere."""

    LOCAL = "local"


Millis = Unit.MILLIS
Micros = Unit.MICROS
Nanos = Unit.NANOS
Int32 = Width.INT32
Float32 = Width.FLOAT32
Local = Clock.LOCAL
