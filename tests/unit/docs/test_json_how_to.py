"""The page on evolving JSON Schemas shows what is so."""

import re
from pathlib import Path

from registry.domain.formats.jsonschema.parse import parse
from registry.domain.formats.jsonschema.walk import violations
from registry.domain.levels import ContentPolicy

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "evolve-json-schemas.md"
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

OPEN, REFUSED, ANYTHING, CLOSED, ADDED, RESERVED, TAKEN = map(parse, EXAMPLES)


def test_the_property_added_to_an_open_object_is_refused_under_the_strict_policy():
    (found,) = violations(REFUSED, OPEN)

    assert found.rule.confluent_type == "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"
    assert found.rule.confluent_type in PAGE.read_text(encoding="utf-8")
    assert violations(REFUSED, OPEN, ContentPolicy.LENIENT) == ()


def test_the_property_of_any_value_passes():
    assert violations(ANYTHING, OPEN) == ()


def test_the_open_object_cannot_be_closed():
    assert violations(CLOSED, OPEN) != ()


def test_the_property_added_to_a_closed_object_passes_backward_only():
    assert violations(ADDED, CLOSED) == ()
    assert violations(CLOSED, ADDED) != ()


def test_the_property_under_a_reserved_name_passes_both_ways():
    assert violations(TAKEN, RESERVED) == violations(RESERVED, TAKEN) == ()
