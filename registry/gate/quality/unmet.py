"""What becomes of a value that is held to rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Unmet:
    """A rule that a value does not meet.

    Attributes:
        is_mild: Whether clients go on nevertheless.

    """

    rule: str
    reason: str
    is_mild: bool

    def __str__(self) -> str:
        return f"rule '{self.rule}': {self.reason}"


@dataclass(frozen=True, slots=True)
class Trials:
    """The rules of one contract, ready to be executed.

    Attributes:
        unmet: Returns the rules that a value does not meet when it is written or read.
        is_whole: Whether all of them can be executed.
        are_there: Whether there are any.

    """

    unmet: Callable[[Any], Sequence[Unmet]]
    is_whole: bool = True
    are_there: bool = True


NO_RULES: Final = Trials(lambda _value: (), are_there=False)
