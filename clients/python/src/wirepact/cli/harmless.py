"""Foreign text for terminals: names, messages and answers are written by anybody."""

import re
from typing import Final

# Control characters but tab and line end, what sets the direction of writing, what
# parts lines, and halves of surrogate pairs, which no UTF-8 has.
_UNRULY: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def harmless(text: str) -> str:
    r"""Return a text that a terminal does not obey, and that reads as it is written.

    What would clear the screen, or turn the text around it about, is shown as in
    Python's texts: `\x1b`, `\u202e`. Lines stay lines.
    """
    if text.isprintable():
        return text
    return _UNRULY.sub(lambda found: ascii(found[0])[1:-1], text)
