"""The form of the functions behind the policies' rule table.

A check is pure and looks at the parts that it is given. There are three kinds, by what
has become of a part: it is in both versions, or it was lost, or it was gained.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from registry.domain.formats.protobuf.policy_parts import Details, Part
from registry.domain.rules import Rule

Same = TypeVar("Same", bound=Part)
Home = TypeVar("Home", bound=Part)


@dataclass(frozen=True, slots=True)
class Kept(Generic[Same]):
    """A rule for a part that is in both versions.

    Attributes:
        find: Given the new and the earlier part, what fills the rule's templates
            beside the part's own details; None if the rule holds.
        below: The descriptor path from the part to what the rule is about, where that
            is a statement of its own.

    """

    rule: Rule
    find: Callable[[Same, Same], Details | None]
    below: str = ""


@dataclass(frozen=True, slots=True)
class Lost(Generic[Home, Same]):
    """A rule for a part that only the earlier version has.

    Attributes:
        find: Given what would hold the part in the new version, and the earlier part.

    """

    rule: Rule
    find: Callable[[Home, Same], Details | None]


@dataclass(frozen=True, slots=True)
class Gained(Generic[Same]):
    """A rule for a part that only the new version has."""

    rule: Rule
    find: Callable[[Same], Details | None]


def always(_home: Part, _lost: Part) -> Details:
    """For a rule that no loss satisfies."""
    return {}


def changed(value: str, earlier: str) -> Details | None:
    """For a rule that a setting stays what it is."""
    if value == earlier:
        return None
    return {"setting": value, "earlier_setting": earlier}
