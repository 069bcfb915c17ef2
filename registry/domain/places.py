"""Lines and columns of a text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text something is.

    Attributes:
        line: Counted from 1.
        column: Counted from 1, in characters.
        end_line: Where it ends (the last line that belongs to it).
        end_column: One past its last character.
        pointer: JSON pointer (RFC 6901); empty for the root, and where the text is
            no JSON.

    """

    line: int
    column: int
    end_line: int
    end_column: int
    pointer: str = ""

    @classmethod
    def of(cls, text: str, start: int, end: int, pointer: str = "") -> "Place":
        """Return the place of `text[start:end]`."""
        line, column = _line_and_column(text, start)
        end_line, end_column = _line_and_column(text, end)
        return cls(line, column, end_line, end_column, pointer)

    def __str__(self) -> str:
        at = f"line {self.line}, column {self.column}"
        return f"{self.pointer} ({at})" if self.pointer else at


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
