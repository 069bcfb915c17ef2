"""Where the elements of a text are, as protoc tells it.

Source: descriptor.proto, SourceCodeInfo; protoc's tokenizer, which counts bytes and
lets a tab lead to the next multiple of eight.
"""

from collections.abc import Sequence
from typing import Final

from google.protobuf.descriptor_pb2 import SourceCodeInfo

from registry.domain.places import Place

_TAB: Final = 8
_SPAN_OF_ONE_LINE: Final = 3


class Locations:
    """The places of one text, by descriptor path."""

    def __init__(self, text: str, serialized: bytes) -> None:
        info = SourceCodeInfo.FromString(serialized)
        self._lines = text.split("\n")
        # The first one counts: blocks that add to a list repeat the path of the list.
        self._spans: dict[tuple[int, ...], Sequence[int]] = {
            tuple(each.path): each.span for each in reversed(info.location)
        }

    def find(self, pointer: str) -> Place | None:
        """Return the place of a descriptor path, or of what it belongs to."""
        path = tuple(int(part) for part in pointer.split("/") if part)
        while path and path not in self._spans:
            path = path[:-1]
        span = self._spans.get(path)
        return None if span is None else self._place(span)

    def _place(self, span: Sequence[int]) -> Place:
        line, column = span[0], span[1]
        end_line = line if len(span) == _SPAN_OF_ONE_LINE else span[2]
        return Place(
            line + 1,
            self._column(line, column),
            end_line + 1,
            self._column(end_line, span[-1]),
        )

    def _column(self, line: int, column: int) -> int:
        if line >= len(self._lines):
            return column + 1
        return column_of(self._lines[line], column)


def column_of(line: str, column: int) -> int:
    """Return the column, counted from 1 in characters, for one of protoc's from 0."""
    if "\t" not in line and line.isascii():
        return column + 1
    at = 0
    for index, character in enumerate(line):
        if at >= column:
            return index + 1
        at = _after(character, at)
    return len(line) + 1


def _after(character: str, at: int) -> int:
    return at + _TAB - at % _TAB if character == "\t" else at + len(character.encode())
