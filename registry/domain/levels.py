"""Compatibility levels as data: directions x reach.

Source: Confluent, "Schema Evolution and Compatibility", table of types.
"""

from collections.abc import Iterator, Sequence
from enum import Enum, StrEnum
from typing import Self, TypeVar

from registry.domain.errors import InvalidLevelError

Earlier = TypeVar("Earlier")


class Direction(Enum):
    """Who reads what, seen from the candidate.

    Attributes:
        reader: What the wire calls the side that reads.
        writer: What the wire calls the side that wrote.

    """

    FORWARD = ("old", "new")
    BACKWARD = ("new", "old")

    def __init__(self, reader: str, writer: str) -> None:
        self.reader = reader
        self.writer = writer


class ContentPolicy(StrEnum):
    """How schemas of open content are held to a level; concerns JSON Schema alone.

    Attributes:
        STRICT: Every document that was valid must stay so.
        LENIENT: A property that comes or goes is no difference.

    """

    STRICT = "STRICT"
    LENIENT = "LENIENT"

    @classmethod
    def named(cls, text: str) -> Self | None:
        """Return the policy of a name in any letter case; None if there is none."""
        return cls.__members__.get(text.strip().upper())


class Reach(Enum):
    """How much of the history a level protects."""

    NOTHING = slice(0, 0)
    LATEST = slice(-1, None)
    ALL = slice(None)


class Level(Enum):
    """What a subject promises: in which directions, over how much history.

    Attributes:
        directions: In the order in which the wire reports them: forward first.
        reach: Which versions are protected.

    """

    NONE = ((), Reach.NOTHING)
    BACKWARD = ((Direction.BACKWARD,), Reach.LATEST)
    BACKWARD_TRANSITIVE = ((Direction.BACKWARD,), Reach.ALL)
    FORWARD = ((Direction.FORWARD,), Reach.LATEST)
    FORWARD_TRANSITIVE = ((Direction.FORWARD,), Reach.ALL)
    FULL = ((Direction.FORWARD, Direction.BACKWARD), Reach.LATEST)
    FULL_TRANSITIVE = ((Direction.FORWARD, Direction.BACKWARD), Reach.ALL)

    def __init__(self, directions: tuple[Direction, ...], reach: Reach) -> None:
        self.directions = directions
        self.reach = reach

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a level in any letter case.

        Raises:
            InvalidLevelError: There is no such level.

        """
        try:
            return cls[text.strip().upper()]
        except KeyError:
            raise InvalidLevelError from None

    def protected(self, history: Sequence[Earlier]) -> Iterator[Earlier]:
        """Yield what of a history (oldest first) must stay compatible, newest first."""
        return reversed(history[self.reach.value])


STRONGEST_FIRST = (
    Level.FULL_TRANSITIVE,
    Level.FULL,
    Level.BACKWARD_TRANSITIVE,
    Level.FORWARD_TRANSITIVE,
    Level.BACKWARD,
    Level.FORWARD,
    Level.NONE,
)
"""The order in which a fix boasts of the level that it reaches."""
