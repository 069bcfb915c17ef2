"""Values as the language writes them, each in one way only."""

import math
import re
import struct
from typing import Final

_ESCAPES: Final = {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
    **{code: f"\\{code:03o}" for code in (*range(9), 11, 12, *range(14, 32), 127)},
}
_DIGITS_OF_FLOAT: Final = range(6, 10)
"""Nine significant digits tell any two single-precision numbers apart."""

_FRACTION: Final = re.compile(r"[.en]")


def string_literal(value: str | bytes) -> str:
    """Return a string in double quotes; what can be printed stays as it is.

    Args:
        value: Bytes for a string that is not UTF-8: so the runtime hands it out.

    """
    if isinstance(value, bytes):
        return bytes_literal(value)
    return f'"{value.translate(_ESCAPES)}"'


def bytes_literal(value: bytes) -> str:
    """Return bytes in double quotes, in ASCII."""
    text = value.decode("latin-1").translate(_ESCAPES)
    escaped = "".join(each if each.isascii() else f"\\{ord(each):o}" for each in text)
    return f'"{escaped}"'


def float_literal(value: float, *, is_double: bool = True) -> str:
    """Return the shortest decimal that is read as the same number."""
    if math.isnan(value):
        return "nan"
    text = repr(value) if is_double or math.isinf(value) else _single(value)
    # Without a fraction, the sign of a zero would be lost.
    return text if _FRACTION.search(text) else f"{text}.0"


def _single(value: float) -> str:
    texts = (f"{value:.{digits}g}" for digits in _DIGITS_OF_FLOAT)
    return next((text for text in texts if _is_read_as(text, value)), repr(value))


def _is_read_as(text: str, value: float) -> bool:
    try:
        single: float = struct.unpack("<f", struct.pack("<f", float(text)))[0]
    except OverflowError:
        return False
    return single == value
