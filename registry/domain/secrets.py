"""A value that is used and never shown."""

import hmac
from typing import Final

_SHOWN: Final = "***"


class Secret:
    """A text that prints as `***`, wherever it is printed.

    It is no `str`, so that none finds its way into a message unnoticed: whoever needs
    the text says so by `reveal`.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the one place that it is meant for."""
        return self._text

    def __repr__(self) -> str:
        return _SHOWN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(_SHOWN, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))
