"""Maximum matching: who goes with whom, so that as many as possible are served.

Whether two go together is a question to whoever matches, asked only when the answer is
needed: unchanged lists cost one question for each of their members.
"""

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence

Question = tuple[int, int]
"""A left and a right: do they go together?"""

Matching = Generator[Question, bool, Mapping[int, int]]


def maximum_matching(lefts: int, rights: int, likely: Sequence[int | None]) -> Matching:
    """Find a largest set of pairs; return it as left to right.

    Source: augmenting paths, found breadth-first (Berge's theorem).

    Args:
        lefts: How many there are on the left; they are known by their numbers.
        likely: For each left, the right that surely goes with it, if there is one.
            These are served first.

    """
    right_of: dict[int, int] = {}
    left_of: dict[int, int] = {}
    for start in sorted(range(lefts), key=lambda left: likely[left] is None):
        came_from, end = yield from _path(start, rights, likely, left_of)
        while end is not None:
            left = came_from[end]
            freed = right_of.get(left)
            right_of[left], left_of[end] = end, left
            end = None if left == start else freed
    return right_of


def _path(
    start: int, rights: int, likely: Sequence[int | None], left_of: Mapping[int, int]
) -> Generator[Question, bool, tuple[Mapping[int, int], int | None]]:
    """Look for a right that is free, over others that may change their partners."""
    came_from: dict[int, int] = {}
    ahead = deque([start])
    while ahead:
        left = ahead.popleft()
        for right in _in_order(left, rights, likely):
            if right in came_from or not (yield left, right):
                continue
            came_from[right] = left
            if right not in left_of:
                return came_from, right
            ahead.append(left_of[right])
    return came_from, None


def _in_order(left: int, rights: int, likely: Sequence[int | None]) -> Iterator[int]:
    first = likely[left]
    if first is None:
        # What was not moved stands at the same place.
        first = min(left, rights - 1)
    if first >= 0:
        yield first
    for right in range(rights):
        if right != first:
            yield right
