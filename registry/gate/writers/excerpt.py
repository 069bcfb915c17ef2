"""A line of a source with carets under what is meant, to fit a terminal."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from registry.domain.places import Place
from registry.gate.writers.escaping import visible

_HIDDEN: Final = "*"
_TAB: Final = "    "
_CUT: Final = "…"
_LEAST: Final = 20


@dataclass(frozen=True, slots=True)
class _Cell:
    """A character of the source as it is shown."""

    shown: str
    width: int
    is_meant: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line as it is shown, and the carets for the line below.

    Attributes:
        number: Of the line, from 1.
        is_longer: Whether what is meant goes on in further lines.

    """

    number: int
    shown: str
    carets: str
    is_longer: bool


def excerpt(text: str, place: Place, width: int) -> Excerpt | None:
    """Return the line where a place begins, at most so many columns of it.

    None if the text has no such line: it is not the one that was looked at.
    """
    source = _line(text, place.line)
    if source is None or place.column < 1:
        return None
    is_longer = place.end_line > place.line
    end = len(source) + 1 if is_longer else max(place.end_column, place.column + 1)
    first, last = place.column - 1, min(end - 1, max(len(source), place.column))
    cells = list(_cells(source, first, last, max(width, _LEAST)))
    shown = "".join(each.shown for each in cells).rstrip()
    carets = "".join(("^" if each.is_meant else " ") * each.width for each in cells)
    return Excerpt(place.line, shown, carets.rstrip() or "^", is_longer)


def hidden(text: str, place: Place) -> str:
    """Return a text whose line at a place cannot be read from there on.

    What begins there may go on behind its end, as a key does behind its first line.
    """
    lines = text.split("\n")
    if place.line <= len(lines):
        source = lines[place.line - 1]
        kept = source[: place.column - 1]
        lines[place.line - 1] = kept + _HIDDEN * (len(source) - len(kept))
    return "\n".join(lines)


def _line(text: str, number: int) -> str | None:
    """Return a line of a text; lines end as the places of schemas count them."""
    start = 0
    for _ in range(number - 1):
        start = text.find("\n", start) + 1
        if start == 0:
            return None
    end = text.find("\n", start)
    return text[start : len(text) if end < 0 else end].removesuffix("\r")


def _cells(source: str, first: int, last: int, width: int) -> Iterator[_Cell]:
    """Yield what is shown: the line, or the part of it that what is meant begins in."""
    start = _start(source, first, width)
    if start:
        yield _Cell(_CUT, 1, is_meant=False)
    room = width - 2
    for at in range(start, len(source)):
        cell = _cell(source[at], first <= at < last)
        room -= cell.width
        if room < 0:
            yield _Cell(_CUT, 1, is_meant=False)
            return
        yield cell
    # What is missing at the end of a line is meant one past it.
    if first >= len(source):
        yield _Cell(" ", 1, is_meant=True)


def _start(source: str, first: int, width: int) -> int:
    """Return from where a line is shown: from its start where that leaves room."""
    if first < width:
        before = sum(_cell(each, is_meant=False).width for each in source[:first])
        if before <= width * 2 // 3:
            return 0
    return max(0, min(first, len(source)) - width // 3)


def _cell(character: str, is_meant: bool) -> _Cell:  # noqa: FBT001 - a part of a cell
    shown = _TAB if character == "\t" else visible(character)
    if len(shown) != 1:
        return _Cell(shown, len(shown), is_meant)
    return _Cell(shown, _columns(shown), is_meant)


def _columns(character: str) -> int:
    """Return how wide a terminal shows a character: 0, 1 or 2."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
