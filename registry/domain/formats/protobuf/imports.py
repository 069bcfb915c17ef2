"""The imports of a text, found without understanding the rest of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from google.protobuf import text_encoding

# What is not closed matches to the end: if it did not, each beginning of it would be
# tried to the end of the text, and the time would be quadratic.
_COMMENT: Final = r"//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_STRING: Final = r'"(?:[^"\\\n]|\\.)*+"?' + r"|'(?:[^'\\\n]|\\.)*+'?"
_GAP: Final = rf"(?:\s|{_COMMENT})*+"

_QUOTES: Final = frozenset("\"'")
_STRING_OR_COMMENT: Final = re.compile(rf"{_COMMENT}|{_STRING}")
_TOKEN: Final = re.compile(rf"{_COMMENT}|{_STRING}|[{{}}]|\bimport\b")
_IMPORT: Final = re.compile(
    rf"import{_GAP}(?:(?:public|weak|option)\b{_GAP})?"
    rf"((?:(?:{_STRING}){_GAP})++);",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Import:
    """An import statement of a text.

    Attributes:
        start: Its first character, counted from 0.
        end: One past its last.

    """

    name: str
    start: int
    end: int


def imports_of(text: str) -> Iterator[Import]:
    """Yield what a text imports. It may still be no Protobuf."""
    if "import" not in text:
        return
    depth = 0
    for token in _TOKEN.finditer(text):
        match token.group():
            case "{":
                depth += 1
            case "}":
                depth -= 1
            case "import" if depth == 0:
                found = _IMPORT.match(text, token.start())
                if found is not None:
                    yield Import(_named(found.group(1)), *found.span())


def _named(literals: str) -> str:
    """Return what strings mean that stand side by side."""
    found = (each.group() for each in _STRING_OR_COMMENT.finditer(literals))
    name = "".join(each[1:-1] for each in found if each[0] in _QUOTES)
    if "\\" not in name:
        return name
    return text_encoding.CUnescape(name).decode(errors="replace")
