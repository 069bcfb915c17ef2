"""Where the elements of a submitted text are, and edits that keep the rest of it.

What is added takes the indentation of what stands beside it.
"""

import textwrap
from itertools import accumulate
from typing import Final, NamedTuple

from google.protobuf.descriptor_pb2 import SourceCodeInfo

from registry.domain.formats.protobuf.locations import column_of
from registry.domain.rules import Spot
from registry.domain.schema import Edit

_BLANK: Final = " \t\r"
_STEP: Final = "  "
"""What a block is set in by, where nothing shows."""


class Extent(NamedTuple):
    """A part of a text, in characters counted from 0."""

    start: int
    end: int


class Layout:
    """The extents of one text.

    Args:
        locations: protoc's serialised source info.

    """

    def __init__(self, text: str, locations: bytes) -> None:
        self.text: Final = text
        self._lines: Final = text.split("\n")
        lengths = (len(line) + 1 for line in self._lines)
        self._starts: Final = [0, *accumulate(lengths)]
        self._spans: Final[dict[str, list[list[int]]]] = {}
        for each in SourceCodeInfo.FromString(locations).location:
            pointer = "".join(f"/{part}" for part in each.path)
            self._spans.setdefault(pointer, []).append([*each.span])

    def extent(self, spot: Spot, below: str = "") -> Extent:
        """Where an element is, or a part of it.

        Raises:
            LookupError: It is in the text of a reference, or was not written.

        """
        return self.extents(spot, below)[0]

    def extents(self, spot: Spot, below: str = "") -> list[Extent]:
        """Where the statements are that make up one part of an element.

        Raises:
            LookupError: As above.

        """
        if spot.source:
            raise LookupError(spot.source)
        return [self._extent(span) for span in self._spans[spot.pointer + below]]

    def written(self, spot: Spot, below: str = "") -> str:
        """What the text has there.

        Raises:
            LookupError: As above.

        """
        return self.at(self.extent(spot, below))

    def at(self, extent: Extent) -> str:
        return self.text[extent.start : extent.end]

    def replaced(self, spot: Spot, below: str, text: str) -> Edit:
        start, end = self.extent(spot, below)
        return Edit(start, end, text)

    def without(self, extent: Extent) -> Edit:
        """Take a statement out, with its lines where it has them for itself."""
        start, end = extent
        line, after = self._line_start(start), self._line_end(end)
        is_alone = not self.text[line:start].strip(_BLANK) and not self.text[
            end:after
        ].strip(_BLANK)
        if is_alone:
            return Edit(line, min(after + 1, len(self.text)), "")
        while end < after and self.text[end] in _BLANK:
            end += 1
        return Edit(start, end, "")

    def with_last(self, block: Extent, statement: str) -> Edit:
        """Add a statement at the end of a block that ends with a brace."""
        brace = block.end - 1
        line = self._line_start(brace)
        if self.text[line:brace].strip(_BLANK):
            return Edit(brace, brace, f"{_joined(statement)} ")
        margin = self.text[line:brace] + _STEP
        return Edit(line, line, f"{textwrap.indent(statement, margin)}\n")

    def with_first(self, block: Extent, statement: str) -> Edit:
        """Add a statement at the beginning of a block that has a brace."""
        at = self.text.index("{", block.start) + 1
        line = self._line_start(block.end - 1)
        if self.text[line : block.end - 1].strip(_BLANK):
            return Edit(at, at, f" {_joined(statement)}")
        margin = self.text[line : block.end - 1] + _STEP
        return Edit(at, at, f"\n{textwrap.indent(statement, margin)}")

    def with_before(self, extent: Extent, statement: str) -> Edit:
        """Add a statement in front of another."""
        start = extent.start
        margin = self.text[self._line_start(start) : start]
        if margin.strip(_BLANK):
            return Edit(start, start, f"{_joined(statement)} ")
        return Edit(start, start, f"{_indented(statement, margin)}\n{margin}")

    def with_after(self, extent: Extent, statement: str) -> Edit:
        """Add a statement on the line after another that is at the margin."""
        return Edit(extent.end, extent.end, f"\n{statement}")

    def instead(self, extent: Extent, statement: str) -> Edit:
        """Put a statement in the place of another."""
        start, end = extent
        margin = self.text[self._line_start(start) : start]
        if margin.strip(_BLANK):
            return Edit(start, end, _joined(statement))
        return Edit(start, end, _indented(statement, margin))

    def at_end(self, statement: str) -> Edit:
        """Add a statement at the end of the text."""
        end = len(self.text.rstrip())
        return Edit(end, end, f"\n\n{statement}")

    def unindented(self, extent: Extent) -> str:
        """A statement as if it stood at the margin."""
        start, end = extent
        margin = self.text[self._line_start(start) : start]
        first, *others = self.text[start:end].split("\n")
        return "\n".join([first, *(line.removeprefix(margin) for line in others)])

    def _extent(self, span: list[int]) -> Extent:
        first, column, *last, end = span
        return Extent(
            self._offset(first, column), self._offset(last[0] if last else first, end)
        )

    def _offset(self, line: int, column: int) -> int:
        if line >= len(self._lines):
            return len(self.text)
        return self._starts[line] + column_of(self._lines[line], column) - 1

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end


def _joined(statement: str) -> str:
    return " ".join(line.strip() for line in statement.split("\n"))


def _indented(statement: str, margin: str) -> str:
    """A statement whose first line stands behind a margin already."""
    return textwrap.indent(statement, margin).removeprefix(margin)
