"""Which schemas of a combination are the same, on one side and across both."""

from collections.abc import Callable, Hashable, Sequence
from typing import Final

from registry.domain.formats.jsonschema.build import as_text
from registry.domain.formats.jsonschema.nodes import Combined, Node, Number

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
            key = _part(branch)
        else:
            key = as_text(branch.value)
            spend(1 + len(str(key)) // _CHARACTERS_A_STEP)
        found.setdefault(key, index)
    return found


def _part(part: Node) -> Hashable:
    """What tells the parts of one schema apart: there is one of each kind."""
    match part:
        case Combined():
            # A list of types is an `anyOf` of parts, beside which one may be written.
            is_type_list = any(isinstance(each, Node) for each in part.branches[:1])
            return part.word, part.criterion, is_type_list
        case Number():
            return part.word, part.is_integer
        case _:
            return part.word
