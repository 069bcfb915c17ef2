"""Shapes of values in a document, as a table has them: what may stand where."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts.

    Attributes:
        told: What is expected, in words.
        choices: All that it may be; empty for no such list.
        pattern: What a text has to look like; None if it may be anything.
        is_form_needed: Whether another form than the pattern's is an error.

    """

    told: str
    kinds: tuple[type, ...] = (str,)
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    least: int | None = None
    most: int | None = None
    is_form_needed: bool = True


@dataclass(frozen=True, slots=True)
class Items:
    """A list.

    Attributes:
        each: Of every element.
        least: How many there are at least.
        most: How many at most; None for any number.

    """

    each: "Shape"
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Members:
    """A mapping.

    Attributes:
        told: What it is, in words, for messages about its members.
        of: What each member may be.
        needed: Those that have to be there.
        one_of: Of these, exactly one has to be there; empty for no such choice.
        more: Further members, which depend on what the mapping says.
        is_open: Whether it may have other members too.
        is_ours: Whether the standard says nothing of it; a member that nobody knows
            is then a warning.
        hold: Returns what is wrong with a mapping whose members are right, each for
            itself; None for nothing.

    """

    told: str
    of: Mapping[str, "Shape"]
    needed: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    more: Callable[[Mapping[str, Any]], Sequence["Members"]] | None = None
    is_open: bool = False
    is_ours: bool = False
    hold: Callable[[Mapping[str, Any]], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """One of several, told apart by the kind of the value: text, list or mapping."""

    told: str
    of: Mapping[type, "Shape"] = field(default_factory=dict)


Shape: TypeAlias = Scalar | Items | Members | Either | str | None
"""A text is the name of another in a table of shapes; None is anything at all."""

TEXT: Final = Scalar("a text")
TEXTS: Final = Items(TEXT)
FLAG: Final = Scalar("true or false", (bool,))
