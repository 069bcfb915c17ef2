"""Lint of JSON Schema ends soon, however many schemas a schema is put together of."""

import json
import time
from typing import Any

from registry.domain.formats.jsonschema import lint
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.lint import Around, LintLevel, chosen, remarks


def test_given_branches_that_all_refer_to_many_branches_when_linted_then_it_ends_soon():
    many = 2000
    wide: dict[str, Any] = {"allOf": [{"properties": {"x": {}}} for _ in range(many)]}
    branch = {"$ref": "#/$defs/wide", "properties": {"y": {}}, "required": ["x"]}
    schema = parse(json.dumps({"allOf": [branch] * many, "$defs": {"wide": wide}}))
    begun = time.monotonic()

    found = [*remarks(chosen(lint.RULES, LintLevel.STRICT), schema, Around())]

    assert found
    assert time.monotonic() - begun < 30


def test_given_a_missing_name_among_few_schemas_when_linted_then_it_is_found():
    schema = parse(json.dumps({"properties": {"a": {}}, "required": ["b"]}))

    rules = {rule.id for rule, _ in remarks(lint.RULES, schema, Around())}

    assert "JSON_REQUIRED_EXISTS_IN_PROPERTIES" in rules
