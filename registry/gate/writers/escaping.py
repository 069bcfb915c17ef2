"""Foreign text made harmless: names and texts of schemas are written by anybody."""

import json
import re
from typing import Any, Final

from registry.domain.harmless import UNRULY

MOST_CHARACTERS: Final = 4_000
"""How much of one text is written where a form has no room for the whole."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Half a pair that stands for no byte of a file's name.
_NO_BYTE: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
# What agents of GitHub and Azure look for anywhere in a line of a job's output.
_COMMAND: Final = re.compile(r"##(?=\[|vso\[)", re.IGNORECASE)


def visible(text: str) -> str:
    r"""Return one line in which every character can be seen.

    Line ends, control characters, marks of direction, what has no width, and what no
    UTF-8 has, are shown as in Python's texts: `\n`, `\x1b`, `\u202e`.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def clipped(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a text of at most so many characters, and how much of it is not told."""
    if len(text) <= most:
        return text
    told = f" … ({len(text)} characters)"
    return text[: max(0, most - len(told))] + told


def line(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return foreign text as a part of a line, clipped."""
    # Clipped before as well, so that a huge text is not walked through.
    return clipped(visible(clipped(text, most)), most)


def inert(text: str) -> str:
    """Return lines in which the agent of a build finds no command of its own."""
    return _COMMAND.sub("# #", text)


def as_bytes(name: str) -> bytes:
    """Return a name as it is on the disk: its bytes, if it is no UTF-8 there."""
    return _NO_BYTE.sub("\ufffd", name).encode("utf-8", "surrogateescape")


def as_json(value: Any, indent: int | None = 2) -> str:
    r"""Return JSON that every parser takes: half a surrogate pair becomes a text.

    Such halves come from file names that are no UTF-8; in a name they read `\udc80`.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    text = _SURROGATE.sub(lambda half: f"\\\\u{ord(half[0]):04x}", text)
    # In the writing of JSON, which says the same to a parser and nothing to a terminal.
    text = UNRULY.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # Printed in the log of a build, it must not command the agent either.
    return _COMMAND.sub(r"#\\u0023", text)
