"""Which remarks are not wanted, in schemas that are written in JSON.

"x-wirepact-ignore": {"AVRO_FIELD_SNAKE_CASE": "named so by the carrier"}
"""

from typing import Any

from registry.domain import json_text
from registry.domain.json_text import escaped
from registry.domain.rules import Spot
from registry.gate.languages.language import KEYWORD, Asked, mapping, text


def ignores(schema_text: str) -> Asked:
    """Yield what the members of that name say, wherever they stand."""
    # Most texts ask for nothing, and need not be read again.
    if KEYWORD not in schema_text:
        return
    ahead: list[tuple[str, Any]] = [("", json_text.read(schema_text))]
    while ahead:
        pointer, value = ahead.pop()
        if isinstance(value, dict):
            for rule, reason in mapping(value.get(KEYWORD)).items():
                yield rule, text(reason), Spot(pointer)
            ahead += ((f"{pointer}/{escaped(k)}", each) for k, each in value.items())
        elif isinstance(value, list):
            ahead += ((f"{pointer}/{i}", each) for i, each in enumerate(value))
