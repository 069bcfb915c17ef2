"""What was compared for one candidate, and how much more may be."""

from collections.abc import Callable, Sequence
from typing import Final

from registry.domain.budgets import Budget
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.rules import Violation

_MOST_KEPT: Final = 2_000
"""Violations that are remembered: those of the first version that has any, or more."""

_FOR_WARNINGS: Final = 8
"""Warnings decide nothing: looking for them may take so much less than the verdict."""

Key = tuple[str, int]
"""What is held against which version."""


class Ledger:
    """The comparisons of one candidate: each is made, and counted, once.

    A verdict and its explanation share one. So both run out of work at the same
    comparison, if they do, and together they take no more than one of them may. For
    one thread.

    Args:
        units: What all comparisons may take.

    """

    def __init__(self, units: int = DEFAULT_LIMITS.max_comparison_units) -> None:
        self._budget = Budget(units)
        self._of_warnings = Budget(units // _FOR_WARNINGS)
        self._kept: dict[Key, Sequence[Violation]] = {}
        self._made: set[Key] = set()
        self._room = _MOST_KEPT

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is compared."""
        return self._budget.is_spent

    def of_next(self) -> "Ledger":
        """Return one for another candidate, which may take what this one has left."""
        following = Ledger()
        following._budget, following._of_warnings = self._budget, self._of_warnings
        return following

    def found(
        self, key: Key, compare: Callable[[Budget], Sequence[Violation]]
    ) -> Sequence[Violation] | None:
        """Return what a comparison finds; None if there was too much before it.

        Args:
            compare: Tells the budget what it takes.

        """
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        is_made = key in self._made
        if not is_made and self._budget.is_spent:
            return None
        found = compare(Budget(0) if is_made else self._budget)
        self._made.add(key)
        if len(found) <= self._room:
            self._room -= len(found)
            self._kept[key] = found
        return found

    def warned(
        self, look: Callable[[Budget], Sequence[Violation]]
    ) -> Sequence[Violation]:
        """Return what a look for warnings finds: nothing, if there were too many."""
        return () if self._of_warnings.is_spent else look(self._of_warnings)
