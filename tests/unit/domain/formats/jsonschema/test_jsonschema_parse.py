"""What a new JSON Schema is held to, and how a refusal reads."""

import json
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError, SchemaTooLargeError
from registry.domain.formats.jsonschema import metaschemas
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.limits import Limits
from registry.domain.schema import ResolvedReference, Strictness

DRAFT4 = {"$schema": "http://json-schema.org/draft-04/schema#"}
DRAFT2019 = {"$schema": "https://json-schema.org/draft/2019-09/schema"}
DRAFT2020 = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def refusal(value: Any, *references: ResolvedReference) -> InvalidSchemaError:
    text = value if isinstance(value, str) else json.dumps(value)
    with pytest.raises(InvalidSchemaError) as refused:
        parse(text, references)
    return refused.value


def taken(value: Any) -> Any:
    return parse(json.dumps(value))


@pytest.mark.parametrize(
    ("named", "draft"),
    [
        ("http://json-schema.org/draft-04/schema#", Draft.DRAFT4),
        ("http://json-schema.org/schema", Draft.DRAFT4),
        ("https://json-schema.org/schema#", Draft.DRAFT4),
        ("http://json-schema.org/draft-06/schema", Draft.DRAFT6),
        ("http://json-schema.org/draft-07/schema#", Draft.DRAFT7),
        ("https://json-schema.org/draft-07/schema", Draft.DRAFT7),
        ("https://json-schema.org/draft/2019-09/schema", Draft.DRAFT2019),
        ("http://json-schema.org/draft/2020-12/schema#", Draft.DRAFT2020),
        ("https://example.org/my-own-metaschema", Draft.DRAFT7),
    ],
)
def test_given_a_metaschema_address_when_parsed_then_the_draft_is_the_one_meant(
    named, draft
):
    assert taken({"$schema": named}).document.draft is draft


@pytest.mark.parametrize("value", [{}, True, False, {"$schema": "x"}], ids=str)
def test_given_no_address_of_a_draft_when_parsed_then_it_is_draft_7(value):
    assert taken(value).document.draft is Draft.DRAFT7


@pytest.mark.parametrize(
    ("value", "pointer", "reason"),
    [
        pytest.param(
            {"properties": {"a": {"type": "strin"}}},
            "/properties/a/type",
            "expected one of array, boolean, integer, null, number, object and string,"
            " or a list of them, each once, found 'strin'",
            id="a type that is none",
        ),
        pytest.param(
            {"required": True},
            "/required",
            "expected an array, found true",
            id="required as in draft 3",
        ),
        pytest.param(
            {"required": ["a", "a"]},
            "/required",
            "expected each element once, found a list",
            id="required twice",
        ),
        pytest.param(
            {"minLength": -1},
            "/minLength",
            "expected a number of 0 or more, found the number -1",
            id="a negative length",
        ),
        pytest.param(
            {"minLength": 1.5},
            "/minLength",
            "expected an integer, found the number 1.5",
            id="half a character",
        ),
        pytest.param(
            {"multipleOf": 0},
            "/multipleOf",
            "expected a number above 0, found the number 0",
            id="multiples of nothing",
        ),
        pytest.param(
            {"properties": {"a": 3}},
            "/properties/a",
            "expected a schema: an object or a boolean, found the number 3",
            id="a property that is no schema",
        ),
        pytest.param(
            {"items": 3},
            "/items",
            "expected a schema or a list of schemas, found the number 3",
            id="items that are no schemas",
        ),
        pytest.param(
            {"items": {"items": [{"items": {"type": 1}}]}},
            "/items/items/0/items/type",
            "expected one of array, boolean, integer, null, number, object and string,"
            " or a list of them, each once, found the number 1",
            id="deep within either form of items",
        ),
        pytest.param(
            {"dependencies": {"a": 3}},
            "/dependencies/a",
            "expected a schema or a list of names, found the number 3",
            id="a dependency on a number",
        ),
        pytest.param(
            {"allOf": []},
            "/allOf",
            "expected at least 1 element, found a list",
            id="all of nothing",
        ),
        pytest.param(
            {"pattern": "(("},
            "/pattern",
            "expected a regular expression of ECMA-262, found '(('",
            id="a pattern that is none",
        ),
        pytest.param(
            {"patternProperties": {"[z-a]": {}}},
            "/patternProperties/[z-a]",
            "expected a regular expression of ECMA-262, found '[z-a]'",
            id="a name that is no pattern",
        ),
        pytest.param(
            {**DRAFT4, "patternProperties": {"a": {}, "((": {}}},
            "/patternProperties/((",
            "expected a regular expression of ECMA-262, found '(('",
            id="a name that is no pattern in draft 4",
        ),
        pytest.param(
            {**DRAFT4, "properties": {"a": True}},
            "/properties/a",
            "expected an object, found true",
            id="a boolean schema in draft 4",
        ),
        pytest.param(
            {**DRAFT4, "exclusiveMinimum": True},
            "",
            "expected the keyword 'minimum' in this schema, found an object",
            id="half a bound of draft 4",
        ),
        pytest.param(
            {"exclusiveMinimum": True},
            "/exclusiveMinimum",
            "expected a number, found true",
            id="a bound of draft 4 in draft 7",
        ),
        pytest.param(
            {**DRAFT2020, "items": [{}]},
            "/items",
            "expected a schema: an object or a boolean, found a list",
            id="a tuple of draft 7 in 2020-12",
        ),
        pytest.param(
            {**DRAFT2019, "$anchor": "#a"},
            "/$anchor",
            "expected a text that matches ^[A-Za-z][-A-Za-z0-9.:_]*$, found '#a'",
            id="an anchor with its sign",
        ),
        pytest.param(
            {"$ref": "#/parts/a", "parts": {"a": {"type": "nope"}}},
            "/parts/a/type",
            "expected one of array, boolean, integer, null, number, object and string,"
            " or a list of them, each once, found 'nope'",
            id="a schema where no keyword has any",
        ),
        pytest.param(
            "[]",
            "",
            "expected a schema: an object or a boolean, found a list",
            id="a list",
        ),
        pytest.param(
            '"string"',
            "",
            "expected a schema: an object or a boolean, found 'string'",
            id="a string",
        ),
        pytest.param(
            '{"title": "a", "title": "a"}',
            "/title",
            "expected each member of an object once",
            id="a member twice",
        ),
        pytest.param(
            '{"maximum": 1e400}',
            "",
            "expected a number in the range of a double",
            id="a number beyond a double",
        ),
        pytest.param(
            '{"maximum": -Infinity}',
            "",
            "expected a number; -Infinity is not part of JSON",
            id="a number that is none",
        ),
    ],
)
def test_given_a_broken_rule_when_parsed_then_place_and_expectation_are_named(
    value, pointer, reason
):
    error = refusal(value)

    assert error.reason == reason
    assert error.place.pointer == pointer


def test_given_a_line_and_a_column_when_refused_then_they_are_of_the_text():
    error = refusal('{\n  "properties": {\n    "a": {"type": "strin"}}}')

    assert (error.place.line, error.place.column) == (3, 11)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"x-ours": {"type": "nope"}}, id="an unknown keyword"),
        pytest.param({"$ref": "#/a b", "a b": {}}, id="a space in a reference"),
        pytest.param({"$id": "our own order"}, id="a space in an address"),
        pytest.param({"enum": [], "const": None}, id="no values"),
        pytest.param({**DRAFT4, "required": ["a"], "id": "x"}, id="draft 4"),
        pytest.param({**DRAFT2020, "prefixItems": [{}], "$defs": {}}, id="2020-12"),
        pytest.param(
            {"default": {"$ref": "nowhere.json"}}, id="a reference in a value"
        ),
        pytest.param({"format": "our-own"}, id="an unknown format"),
    ],
)
def test_given_what_people_write_when_parsed_then_it_is_taken(value):
    assert taken(value).document.root == value


@pytest.mark.parametrize(
    "value",
    [
        {"type": "nope"},
        {"$ref": "nowhere.json"},
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"pattern": "(("},
        {"properties": []},
        {"properties": {"a": 1}, "allOf": {"b": 2}, "items": "c", "$id": 3},
        {"$ref": 4, "$anchor": 5, "definitions": 6},
    ],
    ids=str,
)
def test_given_a_stored_text_when_parsed_leniently_then_it_is_understood(value):
    text = json.dumps(value)

    assert parse(text, strictness=Strictness.LENIENT).document.root == value


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 1, "a": 2}', "1e400"])
def test_given_no_schema_at_all_when_parsed_leniently_then_it_is_still_refused(text):
    with pytest.raises(InvalidSchemaError):
        parse(text, strictness=Strictness.LENIENT)


def test_given_a_reference_that_is_no_schema_when_parsed_then_it_is_named():
    error = refusal({}, ResolvedReference("item.json", "[1]"))

    assert "in the schema of reference 'item.json': expected a schema" in error.reason
    assert error.place is None


def test_given_a_reference_that_breaks_a_rule_when_parsed_then_it_is_still_taken():
    reference = ResolvedReference("item.json", '{"type": "nope"}')

    assert parse('{"$ref": "item.json"}', [reference])


def test_given_limits_when_parsed_then_each_is_held():
    with pytest.raises(SchemaTooLargeError):
        parse('{"title": "x"}', limits=Limits(max_schema_bytes=10))
    with pytest.raises(InvalidSchemaError, match="levels of nesting"):
        parse('{"not": {"not": {}}}', limits=Limits(max_depth=2))
    with pytest.raises(InvalidSchemaError, match="JSON values"):
        parse('{"enum": [1, 2, 3]}', limits=Limits(max_nodes=4))


@pytest.mark.parametrize("keyword", ["pattern", "patternProperties"])
def test_given_a_long_expression_when_new_then_it_is_refused_and_kept_if_stored(
    keyword,
):
    longest, longer = (
        json.dumps({keyword: "a" * size if keyword == "pattern" else {"a" * size: {}}})
        for size in (512, 513)
    )

    assert parse(longest)
    assert parse(longer, strictness=Strictness.LENIENT)
    with pytest.raises(InvalidSchemaError) as caught:
        parse(longer)
    assert caught.value.reason == (
        "expected a regular expression of at most 512 characters, found one of 513"
    )


@pytest.mark.parametrize("draft", Draft)
def test_given_a_metaschema_when_parsed_then_it_is_a_schema_like_any_other(draft):
    metaschema = metaschemas.find(draft.metaschema)

    assert taken(metaschema).document.draft is draft
