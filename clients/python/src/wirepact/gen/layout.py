"""Python text in the form that formatters leave as it is.

What does not fit into a line is written with one part to a line and a comma after the
last, which keeps it so. Everything that comes from a schema gets into the text as a
literal of `quoted` and its like, or as a name that was checked to be one.
"""

from dataclasses import dataclass
from typing import Any, Final
from unicodedata import category, combining, east_asian_width

WIDTH: Final = 88
_INDENT: Final = "    "
_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Text:
    """What is never broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Parts in brackets.

    Attributes:
        head: With the opening bracket.
        is_single: A subscript of one part, where a comma would mean a tuple.
        is_tuple: A tuple of one part, which has its comma always.

    """

    head: str
    parts: tuple["Piece", ...]
    tail: str
    is_single: bool = False
    is_tuple: bool = False


@dataclass(frozen=True, slots=True)
class Labelled:
    """A part with something before it, such as the name of an argument."""

    label: str
    piece: "Piece"


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Types of which one is meant; too many for a line become `Union[...]`."""

    options: tuple["Piece", ...]


Piece = Text | Group | Labelled | Alternatives


def call(function: str, *parts: Piece, **named: Piece) -> Group:
    labelled = (Labelled(f"{name}=", piece) for name, piece in named.items())
    return Group(f"{function}(", (*parts, *labelled), ")")


def subscript(name: str, *parts: Piece) -> Group:
    return Group(f"{name}[", parts, "]", is_single=len(parts) == 1)


def tuple_of(*parts: Piece) -> Group:
    return Group("(", parts, ")", is_tuple=len(parts) == 1)


def literal(value: Any) -> Piece:
    """Return a value of None, bool, int, float, str, bytes, list or dict as code."""
    match value:
        case str():
            return Text(quoted(value))
        case bytes():
            return Text(_quoted_bytes(value))
        case list():
            return Group("[", tuple(literal(each) for each in value), "]")
        case dict():
            rows = (
                Labelled(f"{quoted(key)}: ", literal(each))
                for key, each in value.items()
            )
            return Group("{", tuple(rows), "}")
        case None | bool() | int() | float():
            # Formatters write no plus into exponents.
            return Text(repr(value).replace("e+", "e"))
        case _:
            raise AssertionError(f"no literal: {value!r}")


def quoted(text: str) -> str:
    """Return a literal of a text, in the quotes that need the fewest escapes."""
    mark = "'" if text.count('"') > text.count("'") else '"'
    return mark + "".join(_escaped(letter, mark) for letter in text) + mark


def flat(piece: Piece) -> str:
    """Return a piece in one line."""
    match piece:
        case Text():
            return piece.text
        case Labelled():
            return piece.label + flat(piece.piece)
        case Group():
            inside = ", ".join(flat(each) for each in piece.parts)
            return piece.head + inside + "," * piece.is_tuple + piece.tail
        case Alternatives():
            return " | ".join(flat(each) for each in piece.options)


def lines(before: str, piece: Piece, after: str = "", depth: int = 0) -> list[str]:
    """Lay out a piece, with what stands before and after it in its lines.

    Args:
        depth: How many levels it is indented.

    """
    start = _INDENT * depth + before
    whole = start + flat(piece) + after
    if width(whole) <= WIDTH:
        return [whole]
    match piece:
        case Text():
            return [whole]
        case Labelled():
            return lines(before + piece.label, piece.piece, after, depth)
        case Group():
            return _broken(start, piece, after, depth)
        case Alternatives():
            union = subscript("Union", *piece.options)
            return _broken(start, union, after, depth)


def assigned(before: str, piece: Piece, depth: int = 0) -> list[str]:
    """Lay out what is assigned; what is never broken gets brackets if those help."""
    whole = lines(before, piece, "", depth)
    if isinstance(piece, Text) and width(whole[0]) > WIDTH:
        found = bracketed(before, piece, depth)
        if width(found[1]) <= WIDTH:
            return found
    return whole


def bracketed(before: str, piece: Piece, depth: int) -> list[str]:
    """Lay out what is assigned in brackets of its own."""
    start = _INDENT * depth
    return [f"{start}{before}(", f"{start}{_INDENT}{flat(piece)}", f"{start})"]


def width(text: str) -> int:
    """Return the columns of a text on a screen."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if combining(letter) or category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(letter) in {"W", "F"} else 1


def chunks(text: str, columns: int) -> list[str]:
    """Cut a text at its line ends, and where a literal takes about so many columns."""
    found: list[str] = []
    for row in text.splitlines(keepends=True):
        start, used = 0, 0
        for at, letter in enumerate(row):
            used += width(_escaped(letter, '"'))
            if used >= columns:
                found.append(row[start : at + 1])
                start, used = at + 1, 0
        if start < len(row):
            found.append(row[start:])
    return found or [""]


def _broken(start: str, piece: Group, after: str, depth: int) -> list[str]:
    if not piece.parts:
        return [start + piece.head + piece.tail + after]
    comma = "" if piece.is_single else ","
    inside = [
        line for each in piece.parts for line in lines("", each, comma, depth + 1)
    ]
    return [start + piece.head, *inside, f"{_INDENT * depth}{piece.tail}{after}"]


def _escaped(letter: str, mark: str) -> str:
    if letter == mark:
        return f"\\{mark}"
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _quoted_bytes(value: bytes) -> str:
    mark = "'" if value.count(b'"') > value.count(b"'") else '"'
    return "b" + mark + "".join(_escaped_byte(byte, mark) for byte in value) + mark


def _escaped_byte(byte: int, mark: str) -> str:
    letter = chr(byte)
    return _escaped(letter, mark) if byte < 0x80 else f"\\x{byte:02x}"
