"""What `check` and `breaking` were asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """How contracts are looked at.

    Attributes:
        is_check: From every side, not only for what breaks readers or writers.
        is_whole: Those that are as before, too.

    """

    is_check: bool
    is_whole: bool
    is_fixing: bool
