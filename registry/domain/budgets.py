"""How much work may be done to compare one candidate with its history.

Work is counted, not timed: a busy server and a laptop find the same. A unit is about a
microsecond of one processor, in whatever schema language; each language counts steps of
its own, and says how many of them one comparison may take.
"""

from typing import Final

UNITS_PER_SECOND: Final = 1_000_000

_OF_ONE: Final = 3 * UNITS_PER_SECOND // 10
"""What the most costly comparison of two schemas takes: from 0.15 to 0.35 seconds."""

_AT_LEAST: Final = 20
"""What a comparison takes of which nothing is to be said."""


class Budget:
    """Units that may still be spent. For one thread.

    It is looked at between comparisons, each of which is bounded by itself: the last
    one may go over it.
    """

    def __init__(self, units: int) -> None:
        self._left = units

    @property
    def is_spent(self) -> bool:
        return self._left <= 0

    def spend(self, steps: int, most: int) -> None:
        """Take note of a comparison.

        Args:
            steps: What it took, in steps of its language.
            most: How many steps one comparison may take there.

        """
        self._left -= _AT_LEAST + _OF_ONE * steps // most
