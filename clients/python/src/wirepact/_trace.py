"""Trace context: what W3C's headers must look like to be passed on.

Source: W3C Trace Context, level 1, sections 3.2 and 3.3.
"""

import os
import re
from collections.abc import Callable
from typing import Final

_PARENT: Final = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<parent>[0-9a-f]{16})"
    r"-[0-9a-f]{2}(?P<more>-[\x21-\x7e]*)?"
)
_MOST_CHARS: Final = 512
_FIRST_VERSION: Final = "00"
_NO_VERSION: Final = "ff"


def is_traceparent(text: str) -> bool:
    """Say whether this names a trace and a span of it, in this or a later version."""
    match = _PARENT.fullmatch(text[: _MOST_CHARS + 1])
    if match is None or len(text) > _MOST_CHARS:
        return False
    if match["version"] == _NO_VERSION:
        return False
    if match["version"] == _FIRST_VERSION and match["more"] is not None:
        return False
    return bool(match["trace"].strip("0") and match["parent"].strip("0"))


def new_traceparent(random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """Return the root of a new trace, to be sampled."""
    # Zeros only would be no trace: one bit is set, whatever was drawn.
    trace = int.from_bytes(random_bytes(16), "big") | 1
    parent = int.from_bytes(random_bytes(8), "big") | 1
    return f"{_FIRST_VERSION}-{trace:032x}-{parent:016x}-01"
