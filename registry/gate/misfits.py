"""Why a payload does not fit its schema."""

from collections.abc import Callable
from typing import Any, Final

Try = Callable[[Any], Any]
"""Takes the value of a payload through encode and decode, and returns what was read.

Raises `MisfitError`.
"""

_LONGEST_QUOTE: Final = 60


class MisfitError(Exception):
    """A value that does not fit, or that does not come back as it was.

    Attributes:
        pointer: Of the value, or of what lacks it (RFC 6901).
        reason: One sentence, no place in it.

    """

    def __init__(self, pointer: str, reason: str) -> None:
        self.pointer = pointer
        self.reason = reason
        super().__init__(f"{pointer}: {reason}" if pointer else reason)


def told(value: Any) -> str:
    """Return a value as a message names it: short, on one line."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST_QUOTE else f"{value[:_LONGEST_QUOTE]}…"
        return repr(cut)
    return str(value)
