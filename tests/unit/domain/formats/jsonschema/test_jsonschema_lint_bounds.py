"""What lint says of values that would take for ever to explain."""

import json
from typing import Any

import pytest

from registry.domain.formats.jsonschema import lint_checks
from registry.domain.formats.jsonschema.format import JsonFormat

LISTS = {"type": "array", "items": {"$ref": "#"}}


def told(word: str, depth: int) -> str:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    schema = {
        "anyOf": [LISTS, LISTS, {"type": "string"}],
        word: [value] if word == "examples" else value,
    }
    check = lint_checks.examples if word == "examples" else lint_checks.defaults
    (found,) = check(JsonFormat().parse(json.dumps(schema)), None)
    return found.message


@pytest.mark.parametrize("word", ["default", "examples"])
def test_given_alternatives_at_thirty_levels_when_a_value_does_not_fit_then_it_is_said(
    word,
):
    assert told(word, 30).endswith("does not fit: it is not valid by the schema")


@pytest.mark.parametrize("word", ["default", "examples"])
def test_given_few_levels_when_a_value_does_not_fit_then_it_is_said_why(word):
    assert "is not valid under any of the schemas" in told(word, 4)
