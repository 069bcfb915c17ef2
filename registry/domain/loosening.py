"""When a subject promises less than it did: said of contracts, and of plans."""

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


def told(before: Level, after: Level) -> str:
    """Return the sentence for a level that was loosened."""
    return f"the level was {before.name} and is {after.name}, which promises less"
