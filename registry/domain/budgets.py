"""How much work may be done to compare one candidate with its history.

Work is counted, not timed: a busy server and a laptop find the same. A unit is about a
microsecond of one processor, in whatever schema language; each language counts steps of
its own, and says how many of them it takes in a second.
"""

from typing import Final

UNITS_PER_SECOND: Final = 1_000_000

_AT_LEAST: Final = 20
"""What a comparison takes of which nothing is to be said."""


class Budget:
    """Units that may still be spent. For one thread.

    It is looked at between comparisons, each of which is bounded by itself: the last
    one may go over it.

    Attributes:
        cut_short: How many comparisons found more than they told.

    """

    def __init__(self, units: int) -> None:
        self._left = units
        self.cut_short = 0

    @property
    def is_spent(self) -> bool:
        return self._left <= 0

    def spend(self, steps: int, per_second: int) -> None:
        """Take note of a comparison.

        Args:
            steps: What it took, in steps of its language.
            per_second: How many of them a second has.

        """
        self._left -= _AT_LEAST + UNITS_PER_SECOND * steps // per_second
