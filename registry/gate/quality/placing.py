"""Where a character of an expression stands in the manifest that it is written in."""

import re
from typing import Final

from registry.domain.places import Place

_INTRODUCED: Final = re.compile(r"\s*:\s*(?:[|>][-+0-9]*[^\n]*\n\s*|([\"']))?\s*")
_ESCAPES: Final = {"'": frozenset({"''"}), '"': frozenset({'\\"', "\\\\"})}


def place(text: str, member: Place, expression: str, offset: int) -> Place | None:
    """Return where a character of a member's value is; None if it cannot be told.

    YAML folds lines, indents them and doubles quotes; other escapes are not followed.

    Args:
        member: Of the member's name.

    """
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: member.end_line - 1])) + member.end_column - 1
    introduced = _INTRODUCED.match(text, start)
    at = introduced.end() if introduced else start
    escapes = _ESCAPES.get(introduced[1], frozenset()) if introduced else frozenset()
    said = expression.rstrip()
    # What is missing at the end is told at the last character that is there.
    offset = min(offset, len(said) - 1)
    for index, wanted in enumerate(said):
        if not wanted.isspace():
            at = _past_space(text, at)
            if text[at : at + 2] in escapes:
                at += 1
            if text[at : at + 1] != wanted:
                return None
        if index == offset:
            return Place.of(text, at, at + 1, member.pointer)
        if not wanted.isspace():
            at += 1
    return None


def _past_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at
