"""The two texts of a JSON Schema: the one that is stored, and the normalized one.

Numbers keep their spelling in both: `1.0`, `1` and `1e0` are one number, but whoever
wrote one of them gets it back.

Source: Confluent, JsonSchema.canonicalString and JsonSchema.normalize.
"""

import json
import re
from typing import Any, Final

from registry.domain.json_text import java_order, quoted

_SPACE_OR_STRING: Final = re.compile(r'[ \t\n\r]++|"(?:[^"\\]++|\\.)*+"')


class _Literal(str):
    """A number as it is written."""

    __slots__ = ()


_DECODER: Final = json.JSONDecoder(parse_float=_Literal, parse_int=_Literal)


def canonical_text(text: str) -> str:
    """Return a JSON text without white space, members in their order.

    Args:
        text: One that `json_text.read` let pass.

    """
    return _SPACE_OR_STRING.sub(_compact, text)


def normalized_text(text: str) -> str:
    """Return a JSON text with the members of all objects sorted by name."""
    return _sorted(_DECODER.decode(text))


def _compact(token: re.Match[str]) -> str:
    text = token[0]
    if not text.startswith('"'):
        return ""
    return quoted(json.loads(text)) if "\\" in text else text


def _sorted(value: Any) -> str:
    """Print a value; recursion goes no deeper than the text nests."""
    match value:
        case _Literal():
            return str(value)
        case str():
            return quoted(value)
        case dict():
            names = sorted(value, key=java_order)
            members = (f"{quoted(each)}:{_sorted(value[each])}" for each in names)
            return f"{{{','.join(members)}}}"
        case list():
            return f"[{','.join(map(_sorted, value))}]"
        case _:
            return {None: "null", True: "true", False: "false"}[value]
