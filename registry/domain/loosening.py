"""When a subject promises less than it did: said of contracts, and of plans."""

from collections.abc import Iterable, Sequence
from typing import Final

from registry.domain.levels import Level, Reach
from registry.domain.rules import Rule

LEVEL_LOOSENED: Final = Rule(
    id="LEVEL_LOOSENED",
    purpose="A contract goes on promising what it promised.",
    why="A level that is loosened for one change lets through what it was there to"
    " stop.",
    message="{element}",
    source="Wirepact, contracts in files",
)


def is_kept(before: Level, after: Level) -> bool:
    """Whether a level promises all that another one does."""
    reach = [*Reach]
    is_as_far = reach.index(after.reach) >= reach.index(before.reach)
    return is_as_far and {*before.directions} <= {*after.directions}


def strictest(policies: Iterable[str], offered: Sequence[str]) -> int:
    """Return the place of the strictest policy among those offered; -1 for none.

    Args:
        offered: Each promises all that those before it do.

    """
    known = (offered.index(each) for each in policies if each in offered)
    return max(known, default=-1)


def told(before: Level, after: Level) -> str:
    """Return the sentence for a level that was loosened."""
    return f"the level was {before.name} and is {after.name}, which promises less"
