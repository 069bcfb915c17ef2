"""Edits of a Protobuf text, at the places that protoc tells."""

from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.places import Place
from registry.domain.rules import Spot
from registry.domain.schema import Edit

Span = tuple[int, int]
"""Where something begins, and one past its end, in characters."""


class Editor:
    """Makes edits of one schema's own text; a descriptor in base64 has no places."""

    def __init__(self, schema: ProtobufSchema) -> None:
        self._schema = schema
        self._text = schema.text

    def span(self, pointer: str) -> Span | None:
        """Return where a descriptor path is written; None if it is not in the text."""
        if not self._schema.is_written(pointer):
            return None
        place = self._schema.place(Spot(pointer))
        return None if place is None else self._span(place)

    def written(self, pointer: str) -> str | None:
        span = self.span(pointer)
        return None if span is None else self._text[slice(*span)]

    def replaced(self, pointer: str, text: str) -> Edit | None:
        """Replace what is at a path; None if nothing is."""
        span = self.span(pointer)
        return None if span is None else Edit(*span, self._indented(text, span[0]))

    def dropped(self, pointer: str) -> Edit | None:
        """Take a statement out, with its line if it has one of its own."""
        span = self.span(pointer)
        if span is None:
            return None
        start, end = span
        line, following = self._line_start(start), self._text.find("\n", end) + 1
        is_alone = not (self._text[line:start] + self._text[end:following]).strip()
        if is_alone and following:
            return Edit(line, following, "")
        return Edit(start, end, "")

    def before(self, pointer: str, text: str) -> Edit | None:
        span = self.span(pointer)
        return None if span is None else Edit(span[0], span[0], text)

    def added_inside(self, pointer: str, statements: Iterable[str]) -> Edit | None:
        """Add statements at the end of a block in braces."""
        span = self.span(pointer)
        if span is None or self._text[span[1] - 1] != "}":
            return None
        brace = span[1] - 1
        line = self._line_start(brace)
        indent = self._text[line:brace]
        if indent.strip():
            separator = "" if self._text[brace - 1].isspace() else " "
            return Edit(brace, brace, separator + " ".join((*statements, "")))
        inner = f"{indent}  "
        lines = (each.replace("\n", f"\n{inner}") for each in statements)
        return Edit(line, line, "".join(f"{inner}{each}\n" for each in lines))

    def added_at_end(self, statement: str) -> Edit:
        """Add a statement to the file, after all others."""
        end = len(self._text)
        separator = "\n" if self._text.endswith("\n") else "\n\n"
        return Edit(end, end, f"{separator}{statement}\n")

    def added_on_top(self, statement: str, after: Iterable[str]) -> Edit:
        """Add a statement to the file, after the last of some paths that is written."""
        ends = [span[1] for each in after if (span := self.span(each)) is not None]
        if not ends:
            return Edit(0, 0, f"{statement}\n")
        return Edit(max(ends), max(ends), f"\n{statement}")

    def _indented(self, text: str, start: int) -> str:
        before = self._text[self._line_start(start) : start]
        return text if before.strip() else text.replace("\n", f"\n{before}")

    def _line_start(self, offset: int) -> int:
        return self._text.rfind("\n", 0, offset) + 1

    def _span(self, place: Place) -> Span:
        starts = self._line_starts
        return (
            starts[place.line - 1] + place.column - 1,
            starts[place.end_line - 1] + place.end_column - 1,
        )

    @cached_property
    def _line_starts(self) -> list[int]:
        lengths = (len(line) + 1 for line in self._text.split("\n"))
        return list(accumulate(lengths, initial=0))
