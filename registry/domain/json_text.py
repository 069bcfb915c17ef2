"""JSON texts: read strictly, found one's way in, printed as Java's Jackson prints.

Nothing in here recurses into a text but the reading and printing of values, which
`limits.check_json` has seen before.
"""

import json
import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from json.encoder import encode_basestring
from typing import Any, Final

from registry.domain.errors import InvalidSchemaError
from registry.domain.places import Place

_SPACE: Final = re.compile(r"[ \t\n\r]*+")
_SCALAR_OR_STRING: Final = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?|([^\s\[\]{},:"]++)', re.DOTALL
)
_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]', re.DOTALL)
_ANY_TOKEN: Final = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]|[^\s\[\]{},:"]++', re.DOTALL
)
_WORD: Final = re.compile(r"[A-Za-z_][\w.]*")
_STEP: Final = {"{": 1, "[": 1, "}": -1, "]": -1}
_CONSTANTS: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_LONG_NUMBER: Final = re.compile(r"[0-9]{4000,}")
_ESCAPED: Final = {
    **{code: f"\\u{code:04X}" for code in range(0x20)},
    **{
        ord(char): f"\\{short}"
        for char, short in zip("\b\f\n\r\t", "bfnrt", strict=True)
    },
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}
_EXPECTED: Final = {
    "Expecting value": "expected a JSON value",
    "Expecting property name enclosed in double quotes": (
        "expected the name of a member, in double quotes"
    ),
    "Expecting ':' delimiter": "expected ':' after the name of a member",
    "Expecting ',' delimiter": "expected ',' or the end of the object or array",
    "Extra data": "expected the end of the text after the JSON value",
    "Unterminated string starting at": "expected a closing quote for this string",
    "Invalid control character at": (
        "expected an escape such as \\n or \\u0000 instead of a control character"
    ),
    "Invalid \\escape": "expected one of the escapes of JSON after the backslash",
    "Invalid \\uXXXX escape": "expected four hexadecimal digits after \\u",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a value is in a text, as offsets.

    Attributes:
        start: Of the value's first character.
        end: One past its last.
        member_start: Of the name that it stands under; equal to `start` for the
            root and for the elements of an array.

    """

    start: int
    end: int
    member_start: int


_Entry = tuple[int, int]
"""Where a member's name begins, and its value; the same for an element."""

_Inside = dict[str, _Entry] | list[_Entry]


class Layout:
    """Where everything is in a JSON text: read once, asked any number of times.

    Args:
        text: One that `read` let pass.

    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._inside: dict[int, _Inside] = {}
        self._ends: dict[int, int] = {}
        self._lines = [at.end() for at in re.finditer("\n", text)]
        self._read()

    def find(self, pointer: str) -> Extent | None:
        """Return where the value at a JSON pointer is, None if there is none."""
        found, rest = self._descend(pointer)
        return None if rest else found

    def place(self, pointer: str) -> Place:
        """Return the place of the value at a JSON pointer, else of the nearest around.

        A member is shown from its name on.
        """
        found, rest = self._descend(pointer)
        tokens = _tokens(pointer)
        existing = "".join(f"/{escaped(each)}" for each in tokens[: -len(rest)])
        line, column = self._line_and_column(found.member_start)
        end_line, end_column = self._line_and_column(found.end)
        shown = existing if rest else pointer
        return Place(line, column, end_line, end_column, shown)

    def _descend(self, pointer: str) -> tuple[Extent, list[str]]:
        start = member_start = _after_space(self.text, 0)
        tokens = _tokens(pointer)
        for at, token in enumerate(tokens):
            entry = _entry(self._inside.get(start), token)
            if entry is None:
                return self._extent(start, member_start), tokens[at:]
            member_start, start = entry
        return self._extent(start, member_start), []

    def _extent(self, start: int, member_start: int) -> Extent:
        end = self._ends.get(start)
        if end is None:
            end = _end(self.text, start)
        return Extent(start, end, member_start)

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        line = bisect_left(self._lines, offset + 1)
        return line + 1, offset - (self._lines[line - 1] if line else 0) + 1

    def _read(self) -> None:
        around: list[tuple[int, _Inside]] = []
        name: tuple[str, int] | None = None
        for token in _ANY_TOKEN.finditer(self.text):
            first, start = token[0][0], token.start()
            if first in "]}":
                self._ends[around.pop()[0]] = token.end()
            elif first in ",:":
                name = None if first == "," else name
            elif around and isinstance(around[-1][1], dict) and name is None:
                name = (json.loads(token[0]), start)
            else:
                if around:
                    _put(around[-1][1], name, start)
                if first in "[{":
                    inside: _Inside = {} if first == "{" else []
                    self._inside[start] = inside
                    around.append((start, inside))
                    name = None


def _put(inside: _Inside, name: tuple[str, int] | None, start: int) -> None:
    if isinstance(inside, list):
        inside.append((start, start))
    elif name is not None:
        inside[name[0]] = (name[1], start)


def _entry(inside: _Inside | None, token: str) -> _Entry | None:
    if isinstance(inside, dict):
        return inside.get(token)
    if inside is None or not token.isdecimal() or int(token) >= len(inside):
        return None
    return inside[int(token)]


class _RepeatedMemberError(Exception):
    """An object with a member twice; the place is sought afterwards."""


class _NumberError(Exception):
    """A number that is none, or too large; the place is sought afterwards."""


def read(text: str) -> Any:
    """Return the value that a JSON text stands for.

    Stricter than the standard library: no member twice, no NaN or Infinity, no number
    that is too large for a double.

    Args:
        text: One that `limits.check_json` let pass.

    Raises:
        InvalidSchemaError: With the place, and what was expected there.

    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _syntax_error(text, error) from error
    except _RepeatedMemberError as error:
        reason = "expected each member of an object once"
        raise InvalidSchemaError(reason, _repeated_member(text)) from error
    except _NumberError as error:
        raise _number_refusal(text) from error
    except ValueError as error:
        # The standard library's own bound for numbers, quadratic beyond it.
        reason = "expected a number of fewer than 4000 digits"
        raise InvalidSchemaError(reason, _long_number(text)) from error


def find(text: str, pointer: str) -> Extent | None:
    """Return where the value at a JSON pointer is, None if there is none.

    Takes time linear in the text; meant for errors and findings, not for reading.
    """
    found, rest = _descend(text, pointer)
    return None if rest else found


def place(text: str, pointer: str) -> Place:
    """Return the place of the value at a JSON pointer, else of the nearest around it.

    A member is shown from its name on.
    """
    found, rest = _descend(text, pointer)
    existing = "".join(f"/{escaped(each)}" for each in _tokens(pointer)[: -len(rest)])
    return Place.of(text, found.member_start, found.end, existing if rest else pointer)


def escaped(token: str) -> str:
    """Return a member's name as a part of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def quoted(text: str) -> str:
    """Return a JSON string as Jackson prints it: only what must be is escaped."""
    usual = encode_basestring(text)
    # Control characters are \u00XX there, in lower case.
    return f'"{text.translate(_ESCAPED)}"' if "\\u" in usual else usual


def number(value: float) -> str:
    """Return a finite double as Java prints it: `1.0`, `0.001`, `1.0E10`.

    Java writes an exponent below 0.001 and from 10 000 000 on, and always a digit
    after the point.

    Source: Java SE 19, Double.toString.
    """
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    if len(digits) == 1:
        # Java then takes the nearest of two digits: 4.9E-324, where the shortest is 5.
        sign, digits, exponent = Decimal(f"{value:.1e}").as_tuple()
    power = int(exponent) + len(digits) - 1
    mantissa = "".join(map(str, digits))
    return f"{'-' * sign}{mantissa[0]}.{mantissa[1:]}E{power}"


def compact(value: Any) -> str:
    """Return a JSON value without white space, members in their order."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        members = (f"{quoted(key)}:{compact(each)}" for key, each in value.items())
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(compact, value))}]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value) if isinstance(value, float) else str(value)


def ordered(value: Any) -> Any:
    """Return a JSON value with the members of all objects sorted by name."""
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value, key=java_order)}
    return [ordered(each) for each in value] if isinstance(value, list) else value


def java_order(text: str) -> bytes:
    """Return the key that sorts like Java: by UTF-16 code units."""
    return text.encode("utf-16-be")


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(members)
    if len(made) < len(members):
        raise _RepeatedMemberError
    return made


def _finite(literal: str) -> float:
    value = float(literal)
    if math.isinf(value):
        raise _NumberError
    return value


def _no_constant(_literal: str) -> Any:
    raise _NumberError


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant
)


def _syntax_error(text: str, error: json.JSONDecodeError) -> InvalidSchemaError:
    at = min(error.pos, len(text))
    reason = _EXPECTED.get(error.msg, f"expected JSON: {error.msg}")
    hint = _hint(
        text, at, is_value=error.msg.startswith(("Expecting v", "Expecting p"))
    )
    end = at + max(1, len(hint.found)) if at < len(text) else at
    return InvalidSchemaError(f"{reason}{hint.text}", Place.of(text, at, end))


def _long_number(text: str) -> Place | None:
    for scalar in _SCALAR_OR_STRING.finditer(text):
        if scalar.group(1) and _LONG_NUMBER.search(scalar.group(1)):
            return Place.of(text, *scalar.span())
    return None


@dataclass(frozen=True, slots=True)
class _Hint:
    text: str
    found: str = ""


def _hint(text: str, at: int, *, is_value: bool) -> _Hint:
    """What stands there instead, and what its author may have meant."""
    if not text.strip():
        return _Hint(", found an empty text")
    if at >= len(text):
        return _Hint(", found the end of the text")
    if text.startswith(("//", "/*", "#"), at):
        return _Hint("; comments are not part of JSON", text[at : at + 2])
    if text[at] == "'":
        return _Hint("; strings are written in double quotes", "'")
    if is_value and (word := _WORD.match(text, at)):
        return _Hint(f'; a name is written in quotes: "{word[0][:60]}"', word[0])
    if text[at] in "]}" and text[:at].rstrip().endswith(","):
        return _Hint(f", found a comma before '{text[at]}'", text[at])
    return _Hint(f", found {text[at]!r}", text[at])


def _number_refusal(text: str) -> InvalidSchemaError:
    for scalar in _SCALAR_OR_STRING.finditer(text):
        literal, (start, end) = scalar.group(1), scalar.span()
        if literal in _CONSTANTS:
            reason = f"expected a number; {literal} is not part of JSON"
            return InvalidSchemaError(reason, Place.of(text, start, end))
        if literal is not None and _is_too_large(literal):
            reason = "expected a number in the range of a double"
            return InvalidSchemaError(reason, Place.of(text, start, end))
    return InvalidSchemaError("expected JSON")


def _is_too_large(literal: str) -> bool:
    try:
        return math.isinf(float(literal))
    except ValueError:
        return False


@dataclass(slots=True)
class _Level:
    """An object or array that is open at the token being looked at.

    Attributes:
        names: Of the members so far; None for an array.
        at: The present member's name or element's index.

    """

    names: set[str] | None
    at: str | int = 0


def _repeated_member(text: str) -> Place | None:
    """Return the place of the first member that its object has already."""
    levels: list[_Level] = []
    is_name = False
    for token in _TOKEN.finditer(text):
        match token[0][0]:
            case "{" | "[" as bracket:
                is_name = bracket == "{"
                levels.append(_Level(set() if is_name else None))
            case "}" | "]":
                levels.pop()
            case ",":
                is_name = _next(levels[-1])
            case '"' if is_name:
                is_name = False
                if not _enter(levels[-1], token[0]):
                    pointer = "".join(f"/{escaped(str(each.at))}" for each in levels)
                    return Place.of(text, *token.span(), pointer)
    return None


def _next(level: _Level) -> bool:
    """Go on to the next element or member; return whether a name must follow."""
    if isinstance(level.at, int) and level.names is None:
        level.at += 1
    return level.names is not None


def _enter(level: _Level, literal: str) -> bool:
    """Go to a member; return False if the object has one of that name."""
    names = level.names if level.names is not None else set()
    level.at = name = str(json.loads(literal))
    is_new = name not in names
    names.add(name)
    return is_new


def _tokens(pointer: str) -> list[str]:
    parts = pointer.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def _descend(text: str, pointer: str) -> tuple[Extent, list[str]]:
    """Follow a pointer as far as it leads; return the rest that leads nowhere."""
    start = member_start = _after_space(text, 0)
    tokens = _tokens(pointer)
    while tokens:
        inner = _inner(text, start, tokens[0])
        if inner is None:
            break
        member_start, start = inner
        del tokens[0]
    return Extent(start, _end(text, start), member_start), tokens


def _inner(text: str, start: int, token: str) -> tuple[int, int] | None:
    """Return where a member begins, and its value."""
    if text.startswith("{", start):
        for name_start, value_start in _entries(text, start):
            if json.loads(text[name_start : _end(text, name_start)]) == token:
                return name_start, value_start
    elif text.startswith("[", start) and token.isdecimal():
        entries = _entries(text, start)
        return next(islice(entries, int(token), None), None)
    return None


def _entries(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield where each entry of an object or array begins, and where its value."""
    is_object = text[start] == "{"
    at = _after_space(text, start + 1)
    while at < len(text) and text[at] not in "]}":
        value = at
        if is_object:
            value = _after_space(text, _after_space(text, _end(text, at)) + 1)
        yield at, value
        at = _after_space(text, _end(text, value))
        if text.startswith(",", at):
            at = _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end(text: str, start: int) -> int:
    """Return the end of the value that starts there."""
    if not text.startswith(("{", "["), start):
        found = _SCALAR_OR_STRING.match(text, start)
        return found.end() if found else start
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += _STEP.get(token[0][0], 0)
        if depth == 0:
            return token.end()
    return len(text)
