"""What a JSON text asks for, before anything is made of it.

An empty list takes three bytes of a payload and sixty of memory; a number such as 9e300
takes five, and ten times as long to read as all others. So a text is looked through
first, by the engine of regular expressions and without backtracking: nothing in it is
tried twice, and nothing is kept.
"""

import re
from typing import Final

from wirepact.codecs.language import Limits

_TEXT: Final = rb'"(?:[^"\\]++|\\.)*+"'
_MANY: Final = 1024
_LARGE: Final = 16
"""So many items is a number with an exponent of three digits."""


class _Count:
    """Counts what a pattern finds, outside of texts."""

    def __init__(self, passed_over: bytes, found: bytes) -> None:
        """Compile the pattern.

        Args:
            passed_over: Where it cannot begin, beside texts.

        """
        each = b"(?:%b|%b)*+%b" % (_TEXT, passed_over, found)
        self._one = re.compile(each, re.DOTALL)
        self._many = re.compile(b"(?:%b){%d}+" % (each, _MANY), re.DOTALL)

    def is_over(self, payload: bytes, most: int) -> bool:
        at = found = 0
        while found <= most and (many := self._many.match(payload, at)):
            at, found = many.end(), found + _MANY
        while found <= most and (one := self._one.match(payload, at)):
            at, found = one.end(), found + 1
        return found > most


# The first item comes after a bracket and each other one after a comma. Lists and
# objects with nothing in them have none.
_ITEMS: Final = _Count(rb'[^",\[{]++|[\[{][ \t\r\n]*+[\]}]', rb"[,\[{]")
_LARGE_NUMBERS: Final = _Count(
    rb'[^"eE]++|[eE](?![+-]?[0-9]{3})', rb"[eE][+-]?[0-9]{3}"
)
_LEAST_ITEM: Final = len(b"[0")
_LEAST_LARGE: Final = len(b"1e300,")


def refused(payload: bytes, limits: Limits) -> str | None:
    """Say why a payload asks for too much, if it does; of what is no JSON, anything."""
    most = limits.max_items // _LARGE
    # So few bytes have neither so many large numbers nor so many items.
    if len(payload) <= _LEAST_LARGE * most:
        return None
    if _has_more_items(payload, limits.max_items):
        return limits.refused_items()
    if not _LARGE_NUMBERS.is_over(payload, most):
        return None
    return (
        f"it has more than {most} numbers with an exponent of three digits, each of"
        f" which counts as {_LARGE} items ({limits.max_items}, Limits.max_items)"
    )


def _has_more_items(payload: bytes, most: int) -> bool:
    if len(payload) <= _LEAST_ITEM * most:
        return False
    at_most = payload.count(b",") + payload.count(b"[") + payload.count(b"{")
    return at_most > most and _ITEMS.is_over(payload, most)
