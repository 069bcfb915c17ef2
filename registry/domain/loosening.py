"""When a subject promises less than it did: said of contracts, and of plans."""

from collections.abc import Iterable, Sequence
from typing import Final

from registry.domain.levels import Level, Reach
from registry.domain.rules import Rule
from registry.domain.verdict import Change

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


def of_policies(
    before: Iterable[str], after: Iterable[str], offered: Sequence[str]
) -> Change | None:
    """Return the change of the strictest policy, if it promises less than it did.

    Args:
        offered: Each promises all that those before it do.

    """
    was, now = (
        max((offered.index(each) for each in some if each in offered), default=-1)
        for some in (before, after)
    )
    if now >= was:
        return None
    if now < 0:
        return Change("removed", offered[was], None)
    return Change("changed", offered[was], offered[now])


def told_of_policies(change: Change) -> str:
    """Return the sentence for policies that were loosened."""
    now = change.new or "none"
    return f"the policy was {change.old} and is {now}, which promises less"


def told(before: Level, after: Level) -> str:
    """Return the sentence for a level that was loosened."""
    return f"the level was {before.name} and is {after.name}, which promises less"
