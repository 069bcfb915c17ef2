"""Which schemas of a combination are the same, on one side and across both."""

from collections.abc import Callable, Hashable, Sequence
from typing import Final

from registry.domain.formats.jsonschema.build import as_text
from registry.domain.formats.jsonschema.nodes import Combined, Node

_CHARACTERS_A_STEP: Final = 64
"""Of text that is compared, about as much work as a look at a property."""


def distinct(
    one: Combined, other: Combined, spend: Callable[[int], None]
) -> tuple[Sequence[int], Sequence[int], Sequence[int | None]]:
    """Return the distinct branches of both by their indexes, and who looks like whom.

    The last is, for each of the first, the position among the second where the same is
    written, if it is there.

    Args:
        spend: Told of the work as it is done; may raise.

    """
    ones, others = _by_key(one, spend), _by_key(other, spend)
    places = {key: at for at, key in enumerate(others)}
    likely = [places.get(key) for key in ones]
    return list(ones.values()), list(others.values()), likely


def _by_key(node: Combined, spend: Callable[[int], None]) -> dict[Hashable, int]:
    """The first branch for each of the texts that there are."""
    found: dict[Hashable, int] = {}
    for index, branch in enumerate(node.branches):
        key: Hashable
        if isinstance(branch, Node):
            # Parts of one schema: there is one of each kind, types of a list apart.
            key = (branch.word, getattr(branch, "is_integer", False))
        else:
            key = as_text(branch.value)
            spend(1 + len(str(key)) // _CHARACTERS_A_STEP)
        found.setdefault(key, index)
    return found
