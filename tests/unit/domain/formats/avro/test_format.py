"""Avro as the registry sees it."""

import json
import tracemalloc
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.levels import Direction
from registry.domain.limits import Limits
from registry.domain.model import SchemaType
from registry.domain.rules import Spot
from registry.domain.schema import Edit, ResolvedReference, Strictness

AVRO = AvroFormat()

ITEM = {
    "type": "record",
    "name": "OrderItem",
    "fields": [
        {"name": "sku", "type": "string"},
        {"name": "quantity", "type": "int"},
        {"name": "unitPrice", "type": "double"},
    ],
}


def order_created(**more: Any) -> Any:
    fields = [
        {"name": "orderId", "type": "string", "doc": "Unique"},
        {"name": "customerId", "type": "string"},
        {"name": "items", "type": {"type": "array", "items": more.pop("item", ITEM)}},
        {"name": "totalAmount", "type": "double"},
        {"name": "timestamp", "type": {"type": "long", "logicalType": "date"}},
        *more.pop("fields", []),
    ]
    head = {"type": "record", "name": "OrderCreated", "namespace": "shop"}
    return {**head, "fields": fields, **more}


def parsed(value, references=(), strictness=Strictness.STRICT) -> Any:
    return AVRO.parse(json.dumps(value, indent=2), references, strictness)


REFERENCED = [
    ResolvedReference("shop.OrderItem", json.dumps(ITEM | {"namespace": "shop"}))
]


def test_given_the_format_then_it_is_avro_and_offers_one_rendering():
    assert AVRO.schema_type is SchemaType.AVRO
    assert list(AVRO.renderings) == ["resolved"]


def test_given_a_text_when_parsed_then_text_and_canonical_are_kept_apart():
    schema = parsed(order_created())

    assert schema.text == json.dumps(order_created(), indent=2)
    assert json.loads(schema.canonical) == order_created()
    assert " " not in schema.canonical


def test_given_a_reference_when_rendered_then_resolved_alone_writes_it_out():
    schema = parsed(order_created(item="OrderItem"), REFERENCED)

    assert json.loads(schema.canonical) == order_created(item="OrderItem")
    assert json.loads(AVRO.renderings["resolved"](schema)) == order_created()


def test_given_a_schema_when_normalised_then_its_places_stay_those_of_the_text():
    schema = parsed(order_created(z=1, a=2))

    normal = AVRO.normalized(schema)

    assert normal.canonical.endswith('],"a":2,"z":1}')
    assert normal.text == schema.text
    assert AVRO.parse(normal.canonical).canonical == normal.canonical


EQUIVALENT = {
    "the same": order_created(),
    "properties in another order": order_created(z={"b": 1, "a": 2}, a=2),
    "aliases in another order": order_created(aliases=["A", "B"]),
    "a namespace in the name": order_created(name="shop.OrderCreated"),
}


def _turned(value) -> Any:
    """The same members the other way round."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return value


@pytest.mark.parametrize("value", EQUIVALENT.values(), ids=EQUIVALENT.keys())
def test_given_the_same_in_another_order_when_compared_then_it_is_equivalent(value):
    other = _turned(value) | {"aliases": value.get("aliases", [])[::-1]}

    assert AVRO.is_equivalent(parsed(value), parsed(other))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"doc": "d"}, id="doc"),
        pytest.param({"doc": ""}, id="empty doc"),
        pytest.param({"aliases": ["A"]}, id="aliases"),
        pytest.param({"p": 1}, id="property"),
        pytest.param({"namespace": "other"}, id="namespace"),
        pytest.param({"item": "string"}, id="type"),
        pytest.param(
            {"item": _turned(ITEM) | {"fields": ITEM["fields"][::-1]}}, id="order"
        ),
    ],
)
def test_given_any_difference_when_compared_then_it_is_not_equivalent(changed):
    assert not AVRO.is_equivalent(
        parsed(order_created()), parsed(order_created(**changed))
    )


def test_given_another_enum_default_when_compared_then_it_is_not_equivalent():
    enum = {"type": "enum", "name": "E", "symbols": ["A", "B"]}

    assert not AVRO.is_equivalent(parsed(enum), parsed(enum | {"default": "A"}))


def test_given_a_reference_and_the_same_written_out_then_they_are_equivalent():
    referring = parsed(order_created(item="OrderItem"), REFERENCED)

    assert AVRO.is_equivalent(referring, parsed(order_created()))


def test_given_what_is_too_large_to_write_out_when_compared_then_not_equivalent():
    small = AvroFormat(Limits(max_closure_bytes=10))

    assert not small.is_equivalent(parsed(order_created()), parsed(order_created()))


def test_given_a_text_when_asked_then_the_names_that_it_needs_are_known():
    text = json.dumps(order_created(item="OrderItem"))

    assert AVRO.external_names(text) == {"shop.OrderItem"}


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/fields/0", '{"name":"orderId","type":"string","doc":"Unique"}'),
        ("/fields/0/type", '"string"'),
        ("/fields/0/doc", '"Unique"'),
        ("/fields/3/type", '"double"'),
        ("/fields/2/type/items/fields/1", '{"name":"quantity","type":"int"}'),
        ("/fields/4/type", '{"type":"long","logicalType":"date"}'),
        ("/fields/5/type", '"shop.OrderItem"'),
        ("/fields/9", None),
    ],
)
def test_given_a_spot_when_asked_then_its_fragment_is_canonical(pointer, expected):
    schema = parsed(order_created(fields=[{"name": "gift", "type": "OrderItem"}]))

    fragment = schema.fragment(Spot(pointer))

    assert fragment == expected


def test_given_the_spot_of_a_definition_when_asked_then_it_stands_alone():
    schema = parsed(order_created())

    assert schema.fragment(Spot("")) == schema.canonical
    item = schema.fragment(Spot("/fields/2/type/items"))
    assert json.loads(item) == {**ITEM, "namespace": "shop"}


def test_given_a_spot_in_a_reference_when_asked_then_a_fragment_but_no_place():
    schema = parsed(order_created(item="OrderItem"), REFERENCED)
    spot = Spot("/fields/0", "shop.OrderItem")

    assert schema.fragment(spot) == '{"name":"sku","type":"string"}'
    assert schema.fragment(Spot("/doc", "shop.OrderItem")) is None
    assert schema.place(spot) is None


def test_given_a_spot_when_asked_then_its_place_is_in_the_text():
    schema = parsed(order_created())

    place = schema.place(Spot("/fields/1/type"))

    assert (place.line, place.column, place.end_line) == (13, 7, 13)


def test_given_a_schema_when_fingerprinted_then_its_parsing_form_has_no_docs():
    assert "Unique" not in parsed(order_created()).parsing_form


def test_given_another_reader_when_compared_then_the_violation_can_be_mended():
    earlier = parsed(order_created())
    candidate = parsed(order_created(fields=[{"name": "currency", "type": "string"}]))

    (violation,) = AVRO.violations(candidate, earlier)
    first = AVRO.proposals(candidate, earlier, violation, Direction.BACKWARD)[0]

    mended = AVRO.parse(Edit.apply(candidate.text, first.edits))
    assert not AVRO.violations(mended, earlier)


def test_given_another_logical_type_when_compared_then_it_is_only_a_warning():
    date = parsed({"type": "int", "logicalType": "date"})
    time = parsed({"type": "int", "logicalType": "time-millis"})

    assert not AVRO.violations(date, time)
    assert AVRO.warnings(date, time, Direction.BACKWARD)


def test_given_too_many_references_when_parsed_then_they_are_refused():
    with pytest.raises(InvalidSchemaError, match="at most 2000 referenced schemas"):
        AVRO.parse('"int"', [ResolvedReference("a", '"int"')] * 2001)
    with pytest.raises(InvalidSchemaError, match="bytes together"):
        AVRO.parse('"int"', [ResolvedReference("a", " " * 2**20)] * 9)


@pytest.mark.parametrize("indent", [None, 1])
def test_given_a_schema_when_kept_then_its_size_is_about_what_it_occupies(indent):
    text = json.dumps(order_created(), indent=indent)
    AVRO.parse(text)
    tracemalloc.start()

    kept = [AVRO.parse(f"{text}{' ' * i}") for i in range(50)]

    occupied = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 0.5 < sum(each.size_bytes for each in kept) / occupied < 2
