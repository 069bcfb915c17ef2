"""How large a schema may be, and the check in front of every parser.

The check reads a text once, without recursion, so that no parser ever sees a text that
could exhaust its stack. Everything in it runs in time linear in the text.

Source: reliability requirements, "Limits to ship".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from registry.domain.budgets import UNITS_PER_SECOND
from registry.domain.errors import InvalidSchemaError, SchemaTooLargeError
from registry.domain.places import Place

# An unterminated string matches as well, to the end of the text: if it did not, each
# quote in it would be tried as a beginning, and the time would be quadratic.
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_STRING_OR_BRACKET: Final = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?|([\[{])|([\]}])', re.DOTALL
)
_NO_BRACKET: Final = re.compile(r"[^\[\]{}]+")
_SPACE: Final = re.compile(r"[ \t\n\r]+")
# Comments and strings of Protobuf; unterminated ones match to the end, as above. A
# string ends with its line, whatever is in front of the line's end.
_SILENT: Final = re.compile(
    r"//[^\n]*+"
    r"|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?"
    r"|\"(?:[^\"\\\n]++|\\[^\n])*+\"?"
    r"|'(?:[^'\\\n]++|\\[^\n])*+'?"
)
_BRACKET: Final = re.compile(r"[\[\]{}<>]")
_NO_PROTOBUF_BRACKET: Final = re.compile(r"[^\[\]{}<>]+")
_STEP: Final = {"[": 1, "{": 1, "<": 1, "]": -1, "}": -1, ">": -1}
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
# A proper pair, half of one (the group), or any other escape.
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
HALF_PAIR: Final = "expected Unicode text, found half an escaped surrogate pair"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a registry accepts. The defaults are far above what people write.

    Attributes:
        max_schema_bytes: One text, in UTF-8.
        max_depth: Nesting of objects and arrays (JSON) or of blocks (Protobuf).
        max_nodes: Values in a JSON text: objects, arrays and scalars.
        max_name_length: Of a full name, in characters.
        max_doc_length: Of one documentation text, in characters.
        max_references: Written by one schema itself.
        max_closure_schemas: Referenced by a schema directly or through others.
        max_closure_bytes: Of all those texts; also of a text with them inlined.
        max_closure_depth: References that lead on to references.
        max_default_steps: Work spent on seeing that one text's defaults fit.
        max_pattern_length: Of a regular expression in a new JSON Schema, in characters.
        max_versions: Of one subject: live ones, and soft-deleted ones, which policies
            look at and which can come back.
        max_comparison_units: Work spent on comparing one candidate with its history, in
            the unit of `budgets.Budget`.

    """

    max_schema_bytes: int = 1024 * 1024
    max_depth: int = 64
    max_nodes: int = 50_000
    max_named_types: int = 5_000
    max_union_branches: int = 1_000
    max_enum_symbols: int = 20_000
    max_name_length: int = 512
    max_doc_length: int = 64 * 1024
    max_references: int = 256
    max_closure_schemas: int = 2_000
    max_closure_bytes: int = 8 * 1024 * 1024
    max_closure_depth: int = 32
    max_default_steps: int = 200_000
    max_pattern_length: int = 512
    max_versions: int = 10_000
    max_comparison_units: int = 2 * UNITS_PER_SECOND


DEFAULT_LIMITS: Final = Limits()


def check_text(text: str, limits: Limits = DEFAULT_LIMITS) -> None:
    """Refuse a text of any language that is too large or is no Unicode text.

    Raises:
        SchemaTooLargeError: It has more bytes than one schema may have.
        InvalidSchemaError: It has half a surrogate pair, or a NUL.

    """
    # A character is at least a byte: no need to encode what is too large anyway.
    if len(text) > limits.max_schema_bytes:
        raise SchemaTooLargeError(_size(text), limits.max_schema_bytes)
    if not text.isascii():
        _check_encoding(text, limits)
    if (at := text.find("\0")) >= 0:
        reason = "expected text, found a NUL character"
        raise InvalidSchemaError(reason, Place.of(text, at, at + 1))


def check_closure(texts: Sequence[str], limits: Limits = DEFAULT_LIMITS) -> int:
    """Return how many characters the texts have that a schema refers to.

    Raises:
        InvalidSchemaError: They are too many, or too long together.

    """
    if len(texts) > limits.max_closure_schemas:
        reason = (
            f"expected at most {limits.max_closure_schemas} referenced schemas,"
            f" found {len(texts)}"
        )
        raise InvalidSchemaError(reason)
    length = sum(map(len, texts))
    if length > limits.max_closure_bytes:
        reason = (
            f"expected referenced schemas of at most {limits.max_closure_bytes}"
            f" bytes together, found {length}"
        )
        raise InvalidSchemaError(reason)
    return length


def check_json(text: str, limits: Limits = DEFAULT_LIMITS) -> None:
    """Refuse a JSON text that a parser should not be given. It may still be no JSON.

    Raises:
        SchemaTooLargeError: It has more bytes than one schema may have.
        InvalidSchemaError: It nests too deeply, has too many values, or has
            characters that cannot be stored, escaped ones included.

    """
    check_text(text, limits)
    openings = text.count("{") + text.count("[")
    if openings > limits.max_depth or openings + text.count(",") >= limits.max_nodes:
        _check_shape(text, limits)
    if _SURROGATE_ESCAPE.search(text):
        _check_escapes(text)


def check_protobuf(text: str, limits: Limits = DEFAULT_LIMITS) -> None:
    """Refuse a Protobuf text that a compiler should not be given.

    Raises:
        SchemaTooLargeError: It has more bytes than one schema may have.
        InvalidSchemaError: It nests too deeply, has too many statements or too long a
            name, or has characters that cannot be stored.

    """
    check_text(text, limits)
    # As long as it was, so that places stay what they are.
    bare = _SILENT.sub(lambda silent: " " * len(silent[0]), text)
    if (at := _one_too_deep(bare, limits.max_depth)) is not None:
        reason = f"expected at most {limits.max_depth} levels of nesting, found more"
        raise InvalidSchemaError(reason, Place.of(text, at, at + 1))
    # A statement ends with a semicolon or a block, an option of a field with a comma.
    statements = bare.count(";") + bare.count("{") + bare.count(",")
    if statements > limits.max_nodes:
        reason = f"expected at most {limits.max_nodes} statements, found {statements}"
        raise InvalidSchemaError(reason)
    if (span := _too_long_name(bare, limits.max_name_length)) is not None:
        reason = f"expected full names of at most {limits.max_name_length} characters"
        raise InvalidSchemaError(f"{reason}, found a longer one", Place.of(text, *span))


def _one_too_deep(bare: str, max_depth: int) -> int | None:
    """Find the first bracket that is one too many; `<` nests in the values of options.

    What closes nothing counts for nothing: a parser goes on after it.
    """
    brackets = _NO_PROTOBUF_BRACKET.sub("", bare)
    depths = accumulate(map(_STEP.__getitem__, brackets), _above_ground, initial=0)
    if max(depths) <= max_depth:
        return None
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth = _above_ground(depth, _STEP[bracket[0]])
        if depth > max_depth:
            return bracket.start()
    return None


def _above_ground(depth: int, step: int) -> int:
    return depth + step if depth or step > 0 else 0


def _too_long_name(bare: str, longest: int) -> tuple[int, int] | None:
    """Find a name that is too long, by itself or after those of the blocks around it.

    A compiler writes full names wherever a type is used: a short text with long names
    that nest would become a huge descriptor.
    """
    # The name must begin there, else each of its characters would be tried.
    long_word = re.compile(rf"(?<![\w.])[\w.]{{{longest + 1},}}")
    if (found := long_word.search(bare)) is not None:
        return found.span()
    around, at = [0], 0
    for block in re.finditer(r"[{}]", bare):
        if block[0] == "}":
            around = around[:-1] or [0]
        else:
            words = bare[at : block.start()].split()
            around.append(around[-1] + len(words[-1] if words else "") + 1)
            if around[-1] > longest + 1:
                return block.span()
        at = block.end()
    return None


def _check_shape(text: str, limits: Limits) -> None:
    """Count exactly, brackets and commas within strings left aside."""
    bare = _SPACE.sub("", _STRING.sub("s", text))
    brackets = _NO_BRACKET.sub("", bare)
    depth = max(accumulate(map(_STEP.__getitem__, brackets)), default=0)
    if depth > limits.max_depth:
        reason = f"expected at most {limits.max_depth} levels of nesting, found {depth}"
        raise InvalidSchemaError(reason, _too_deep(text, limits.max_depth))
    nodes = _values(bare)
    if nodes > limits.max_nodes:
        reason = f"expected at most {limits.max_nodes} JSON values, found {nodes}"
        raise InvalidSchemaError(reason)


def _values(bare: str) -> int:
    """Count values: the root, one after each comma, the first of each container."""
    openings = bare.count("{") + bare.count("[")
    empty = bare.count("{}") + bare.count("[]")
    return 1 + bare.count(",") + openings - empty


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _check_encoding(text: str, limits: Limits) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        reason = "expected Unicode text, found half a surrogate pair"
        place = Place.of(text, error.start, error.start + 1)
        raise InvalidSchemaError(reason, place) from error
    if size > limits.max_schema_bytes:
        raise SchemaTooLargeError(size, limits.max_schema_bytes)


def find_half_pair(text: str) -> tuple[int, int] | None:
    """Return where JSON has half a surrogate pair as an escape, from and to."""
    halves = (each.span() for each in _ESCAPE.finditer(text) if each.group(1))
    return next(halves, None)


def _check_escapes(text: str) -> None:
    half = find_half_pair(text)
    if half is not None:
        raise InvalidSchemaError(HALF_PAIR, Place.of(text, *half))


def _too_deep(text: str, max_depth: int) -> Place | None:
    """The place of the first bracket that is one too many."""
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        depth += 1 if token.group(1) else -1 if token.group(2) else 0
        if depth > max_depth:
            return Place.of(text, *token.span())
    return None
