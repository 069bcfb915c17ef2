"""What a `$ref` stands for, and what is said of one that leads nowhere."""

import json
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema.documents import Located
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.rules import Spot
from registry.domain.schema import ResolvedReference, Strictness

DRAFT4 = "http://json-schema.org/draft-04/schema#"
DRAFT6 = "http://json-schema.org/draft-06/schema#"
DRAFT2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT2020 = "https://json-schema.org/draft/2020-12/schema"


def parsed(value: Any, **texts: Any) -> Any:
    references = [
        ResolvedReference(name, json.dumps(text)) for name, text in texts.items()
    ]
    return parse(json.dumps(value), references, Strictness.LENIENT)


def followed(value: Any, *way: str | int, **texts: Any) -> Located:
    """Return what the `$ref` at some way down a schema stands for."""
    resolver = parsed(value, **texts).resolver
    at = resolver.root().inside(*way)
    found = resolver.follow(at.value["$ref"], at)
    assert resolver.find(at.value["$ref"], at) == found
    return found


def refusal(value: Any, **texts: Any) -> InvalidSchemaError:
    references = [
        ResolvedReference(name, json.dumps(text)) for name, text in texts.items()
    ]
    with pytest.raises(InvalidSchemaError) as refused:
        parse(json.dumps(value), references)
    return refused.value


@pytest.mark.parametrize(
    ("reference", "pointer"),
    [
        ("#", ""),
        ("#/definitions/a", "/definitions/a"),
        ("#/definitions/with%20space", "/definitions/with space"),
        ("#/definitions/a~1b~0c", "/definitions/a~1b~0c"),
        ("#/allOf/1", "/allOf/1"),
        ("#/$defs/a", "/definitions/a"),
        ("#/$defs/own", "/$defs/own"),
        ("#here", "/definitions/anchored"),
    ],
)
def test_given_a_local_reference_when_followed_then_it_leads_to_its_place(
    reference, pointer
):
    value = {
        "not": {"$ref": reference},
        "allOf": [{}, {"title": "second"}],
        "definitions": {
            "a": {},
            "with space": {},
            "a/b~c": {},
            "own": {},
            "anchored": {"$id": "#here"},
        },
        "$defs": {"own": {"title": "mine"}},
    }

    assert followed(value, "not").spot == Spot(pointer)


@pytest.mark.parametrize(
    ("draft", "name"),
    [(DRAFT2019, "$anchor"), (DRAFT2020, "$anchor"), (DRAFT2020, "$dynamicAnchor")],
)
def test_given_an_anchor_when_followed_then_it_leads_there(draft, name):
    value = {
        "$schema": draft,
        "not": {"$ref": "#here"},
        "$defs": {"a": {name: "here"}},
    }

    assert followed(value, "not").pointer == "/$defs/a"


def test_given_an_anchor_of_a_later_draft_when_followed_then_it_is_none():
    with pytest.raises(InvalidSchemaError, match="found nothing at '#here'"):
        followed(
            {"not": {"$ref": "#here"}, "definitions": {"a": {"$anchor": "here"}}}, "not"
        )


@pytest.mark.parametrize(
    "reference",
    ["item.json", "/schemas/item.json", "https://x.example/schemas/item.json"],
)
@pytest.mark.parametrize(("draft", "keyword"), [(DRAFT4, "id"), (DRAFT6, "$id")])
def test_given_an_address_within_the_text_when_followed_then_it_leads_there(
    reference, draft, keyword
):
    value = {
        "$schema": draft,
        keyword: "https://x.example/schemas/order.json",
        "not": {"$ref": reference},
        "definitions": {"item": {keyword: "item.json"}},
    }

    assert followed(value, "not").pointer == "/definitions/item"


def test_given_a_schema_with_an_address_when_followed_inside_then_it_is_relative():
    inner = {
        "$id": "inner/item.json",
        "properties": {"self": {"$ref": "#/definitions/deep"}},
        "definitions": {"deep": {"$ref": "other.json"}},
    }
    value = {
        "$id": "https://x.example/root.json",
        "definitions": {"inner": inner, "other": {"$id": "inner/other.json"}},
    }

    deep = followed(value, "definitions", "inner", "properties", "self")

    assert deep.pointer == "/definitions/inner/definitions/deep"
    assert deep.base_uri == "https://x.example/inner/item.json"
    other = followed(value, "definitions", "inner", "definitions", "deep")
    assert other.pointer == "/definitions/other"


def test_given_an_address_beside_a_reference_when_followed_then_old_drafts_ignore_it():
    value = {
        "$id": "https://x.example/a/root.json",
        "not": {"$id": "b/", "$ref": "item.json"},
        "definitions": {"item": {"$id": "item.json"}},
    }

    assert followed(value, "not").pointer == "/definitions/item"


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        pytest.param({}, "item.json", id="by its name"),
        pytest.param({}, "item.json#", id="with an empty part"),
        pytest.param({}, "https://x.example/i.json", id="by its address"),
        pytest.param(
            {"$id": "https://y.example/o.json"}, "item.json", id="from an address"
        ),
        pytest.param(
            {"$id": "https://y.example/o.json"},
            "https://y.example/item.json",
            id="by a name relative to the schema's address",
        ),
        pytest.param({"$id": "https://x.example/o"}, "i.json", id="relative to both"),
        pytest.param({"$id": "urn:example:order"}, "item.json", id="from a URN"),
        pytest.param(
            {"$id": "app://x.example/o.json"},
            "app://x.example/item.json",
            id="from a scheme of their own",
        ),
    ],
)
def test_given_a_referenced_text_when_followed_then_it_is_found(value, reference):
    item = {"$id": "https://x.example/i.json", "title": "item"}

    found = followed(
        {**value, "not": {"$ref": reference}}, "not", **{"item.json": item}
    )

    assert found.value == item
    assert found.spot == Spot("", "item.json")


def test_given_a_part_of_a_referenced_text_when_followed_then_it_leads_on_from_there():
    texts = {
        "types/item.json": {
            "definitions": {"price": {"$ref": "money.json#/$defs/eur"}}
        },
        "types/money.json": {"definitions": {"eur": {"type": "number"}}},
    }
    schema = parsed({"$ref": "types/item.json#/definitions/price"}, **texts)
    resolver = schema.resolver

    price = resolver.follow(schema.document.root["$ref"], resolver.root())
    money = resolver.follow(price.value["$ref"], price)

    assert price.spot == Spot("/definitions/price", "types/item.json")
    assert money.spot == Spot("/definitions/eur", "types/money.json")


def test_given_an_address_in_the_text_and_a_reference_then_the_text_comes_first():
    value = {
        "not": {"$ref": "item.json"},
        "definitions": {"item": {"$id": "item.json"}},
    }

    assert followed(value, "not", **{"item.json": {}}).document.source == ""


@pytest.mark.parametrize("draft", [DRAFT4, DRAFT6, DRAFT2019, DRAFT2020])
def test_given_a_metaschema_when_followed_then_it_is_at_hand(draft):
    found = followed({"not": {"$ref": draft}}, "not")

    assert found.spot == Spot("", draft.removesuffix("#"))
    for schema in found.all_schemas():
        if isinstance(schema.value, dict) and "$ref" in schema.value:
            resolver = parsed({}).resolver
            assert resolver.follow(schema.value["$ref"], schema)


@pytest.mark.parametrize(
    ("value", "texts", "reason"),
    [
        pytest.param(
            {"$ref": "https://x.example/item.json"},
            {},
            "expected $ref to lead to a known schema, found"
            " 'https://x.example/item.json'; nothing is ever fetched: register that"
            " schema and give a reference of this name to it; no references are given",
            id="an address on the net",
        ),
        pytest.param(
            {"$ref": "file:///etc/passwd"},
            {},
            "expected $ref to lead to a known schema, found 'file:///etc/passwd';"
            " nothing is ever fetched: register that schema and give a reference of"
            " this name to it; no references are given",
            id="a file",
        ),
        pytest.param(
            {"$ref": "itm.json#/a"},
            {"item.json": {}},
            "expected $ref to lead to a known schema, found 'itm.json'; did you mean"
            " 'item.json'?; register that schema and give a reference of this name to"
            " it; given are 'item.json'",
            id="a name with a slip",
        ),
        pytest.param(
            {"$ref": "#/definitions/Ordr", "definitions": {"Order": {}}},
            {},
            "expected $ref to lead to a schema, found nothing at '#/definitions/Ordr';"
            " did you mean '#/definitions/Order'?",
            id="a part with a slip",
        ),
        pytest.param(
            {"$ref": "#/title", "title": "a"},
            {},
            "expected $ref to lead to a schema: an object or a boolean, found 'a' at"
            " '#/title'",
            id="no schema",
        ),
    ],
)
def test_given_a_reference_that_leads_nowhere_then_it_says_what_to_do(
    value, texts, reason
):
    error = refusal(value, **texts)

    assert error.reason == reason
    assert error.place.pointer == "/$ref"


@pytest.mark.parametrize(
    ("value", "way"),
    [
        pytest.param({"$ref": "#"}, "'#' → '#'", id="itself"),
        pytest.param(
            {
                "definitions": {
                    "a": {"$ref": "#/definitions/b"},
                    "b": {"$ref": "#/definitions/a"},
                }
            },
            "'#/definitions/a' → '#/definitions/b' → '#/definitions/a'",
            id="each other",
        ),
        pytest.param(
            {"type": "object", "allOf": [{"$ref": "#"}]},
            "'#' → '#/allOf/0' → '#'",
            id="itself by way of allOf",
        ),
        pytest.param(
            {
                "$schema": DRAFT2020,
                "$defs": {"a": {"type": "object", "$ref": "#/$defs/a"}},
            },
            "'#/$defs/a' → '#/$defs/a'",
            id="itself beside other keywords",
        ),
    ],
)
def test_given_a_loop_without_an_end_when_parsed_then_it_is_refused(value, way):
    reason = refusal(value).reason

    assert reason == (
        "expected $ref to lead to a schema that does not need this one first, found"
        f" the loop {way}"
    )


@pytest.mark.parametrize(
    "value",
    [
        {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
        {"items": {"$ref": "#"}},
        {"additionalProperties": {"anyOf": [{"type": "null"}, {"$ref": "#"}]}},
        {
            "definitions": {
                "a": {"properties": {"b": {"$ref": "#/definitions/b"}}},
                "b": {"properties": {"a": {"$ref": "#/definitions/a"}}},
            }
        },
        {"$schema": DRAFT2020, "$dynamicAnchor": "n", "items": {"$dynamicRef": "#n"}},
        {
            "$schema": DRAFT2019,
            "$recursiveAnchor": True,
            "properties": {"a": {"$recursiveRef": "#"}},
        },
    ],
    ids=json.dumps,
)
def test_given_a_loop_that_values_end_when_parsed_then_it_is_taken(value):
    assert parse(json.dumps(value)).document.root == value


def test_given_two_ways_to_one_place_then_what_is_located_is_equal():
    schema = parsed({"properties": {"a": True, "b": True}, "not": {"$ref": "#/not"}})
    root = schema.resolver.root()

    assert root.inside("properties", "a") == root.inside("properties").inside("a")
    assert root.inside("properties", "a") != root.inside("properties", "b")
    assert len({root, *root.all_schemas()}) == 4


@pytest.mark.parametrize(
    ("claiming", "reference"),
    [
        ({"$anchor": "n"}, "#n"),
        ({"$id": "http://x/y"}, "http://x/y"),
        ({"$dynamicAnchor": "n"}, "#n"),
    ],
)
def test_given_a_name_that_two_claim_then_it_means_the_same_in_any_order(
    claiming, reference
):
    for names in ("ab", "ba"):
        claims = dict.fromkeys(names, claiming)
        schema = {"$schema": DRAFT2020, "$ref": reference, "properties": claims}

        found = followed(schema)

        assert found.pointer == "/properties/a"


def test_given_two_resources_of_one_address_then_which_is_meant_is_no_matter_of_order():
    """Found by fuzzing: sorted, the second of the two came first."""
    one = ("patternProperties", {"^a": {"$id": "http://x/y"}})
    other = ("anyOf", [{"$id": "http://x/y", "if": {"$ref": "#"}}])

    for members in ((one, other), (other, one)):
        assert "loop" in refusal(dict(members)).reason
