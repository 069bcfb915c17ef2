"""What is wrong with a schema, before anyone asked for its line and column."""

from typing import Any, Final

from registry.domain.rules import Spot

_LONGEST: Final = 80
"""Characters of a text that a message quotes."""


class FaultError(Exception):
    """A rule of Avro that a text breaks.

    Attributes:
        reason: What was expected and what was found, without the place.
        spot: Where, possibly in a referenced text.

    """

    def __init__(self, reason: str, spot: Spot) -> None:
        self.reason = reason
        self.spot = spot
        super().__init__(reason)


def shown(value: Any) -> str:
    """Return a JSON value as a message names it: short texts quoted, others by kind."""
    match value:
        case str():
            cut = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
            return f"'{cut}'"
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {str(value)[:_LONGEST]}"
        case dict():
            return "an object"
        case _:
            return "a list"
