"""What is drawn fits its schema, and goes the whole way of a message."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings

from wirepact import CodecOptions, Registration, Registry, Schema, event
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.codecs.languages import language_of
from wirepact.events import Digits
from wirepact.schemas import JSON
from wirepact.testing import FakeRegistry
from wirepact.testing.strategies import events_of, messages_from

CONTRACTS = Path(__file__).parents[4] / "contracts"
CALM = settings(
    max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None
)


class State(StrEnum):
    OPEN = "OPEN"
    PAID = "PAID"


@dataclass(frozen=True, slots=True)
class Line:
    sku: str
    price: Annotated[Decimal, Digits(12, 2)]


@event("kit.OrderKept", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderKept:
    order_id: UUID
    state: State
    lines: list[Line]
    tags: dict[str, int]
    due: date | None
    at: datetime
    weight: float
    raw: bytes


@event("kit.OrderNoted", schema_type=JSON)
@dataclass(frozen=True, slots=True)
class OrderNoted:
    order_id: str
    state: State
    lines: list[int]
    due: date | None = None


@pytest.mark.parametrize("kind", [OrderKept, OrderNoted])
def test_given_a_class_when_drawn_then_its_events_go_there_and_back(kind):
    registry = FakeRegistry()
    options = CodecOptions(registration=Registration.REGISTER)
    desk = Registry(registry.client(), events=[kind], source="/t", options=options)

    @CALM
    @given(events_of(kind))
    def check(drawn):
        assert type(drawn) is kind
        message = desk.encode(drawn, "orders")
        received = desk.decode("orders", message.key, message.value, message.headers)
        assert received.event == drawn

    check()


def test_given_a_class_when_drawn_then_the_corners_are_found():
    # That there is one is the claim: to look for the least one takes much longer.
    any_one = settings(phases=[Phase.generate])

    for is_a_corner in (
        lambda it: it.due is None and it.lines,
        lambda it: it.state is State.PAID,
        lambda it: it.lines[:1] and it.lines[0].price < 0,
    ):
        assert find(events_of(OrderKept), is_a_corner, settings=any_one)


def test_given_what_is_no_event_when_drawn_then_it_is_refused():
    with pytest.raises(TypeError, match="Line is no event"):
        events_of(Line)


@pytest.mark.parametrize(
    "file", ["orders/order-confirmed/schema.avsc", "orders/shipment/schema.json"]
)
def test_given_a_file_when_drawn_then_its_language_can_write_the_values(file):
    path = CONTRACTS / file
    kind = "JSON" if path.suffix == ".json" else "AVRO"
    resolved = ResolvedSchema(Schema(path.read_text(), kind))
    writer = language_of(kind, Limits()).writer(resolved, None, dict)

    @CALM
    @given(messages_from(path))
    def check(drawn):
        assert writer.encode(drawn)

    check()


TREE = {
    "type": "record",
    "name": "kit.Tree",
    "fields": [
        {"name": "left", "type": ["null", "kit.Tree"]},
        {"name": "leaf", "type": [{"type": "record", "name": "kit.A", "fields": []},
                                  {"type": "record", "name": "kit.B", "fields": []}]},
        {"name": "hash", "type": {"type": "fixed", "name": "kit.H", "size": 4}},
        {"name": "took", "type": {"type": "long", "logicalType": "time-micros"}},
        {"name": "counts", "type": {"type": "map", "values": "long"}},
    ],
}  # fmt: skip


@CALM
@given(messages_from(Schema(json.dumps(TREE))))
def test_given_a_schema_that_refers_to_itself_when_drawn_then_values_have_an_end(drawn):
    resolved = ResolvedSchema(Schema(json.dumps(TREE)))
    assume(drawn["left"] is not None)

    assert language_of("AVRO", Limits()).writer(resolved, None, dict).encode(drawn)
    assert len(drawn["hash"]) == 4


def test_given_other_files_when_drawn_then_it_says_what_it_takes(tmp_path):
    with pytest.raises(ValueError, match=r"ends in .avsc, .json, .proto"):
        messages_from(tmp_path / "schema.txt")
    with pytest.raises(ValueError, match="the message class that protoc generates"):
        messages_from(Schema("", "PROTOBUF"))


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ({"type": "integer", "minimum": 3, "multipleOf": 3}, lambda it: it % 3 == 0),
        ({"type": "number", "exclusiveMinimum": 0}, lambda it: it > 0),
        ({"type": "string", "pattern": "^[A-Z]{2}$"}, lambda it: len(it.strip()) == 2),
        ({"type": ["string", "null"], "maxLength": 2}, lambda it: len(it or "") < 3),
        ({"const": 7}, lambda it: it == 7),
        (
            {"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True},
            lambda it: len(it) == len({*it}),
        ),
        (
            {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "boolean"}}},
            lambda it: isinstance(it, bool),
        ),
        (
            {"oneOf": [{"type": "null"}, {"type": "string", "format": "uuid"}]},
            lambda it: it is None or UUID(it),
        ),
        (
            {
                "allOf": [
                    {"required": ["a"], "properties": {"a": {"type": "integer"}}},
                    {"properties": {"b": {"type": "string"}}},
                ],
                "type": "object",
            },
            lambda it: "a" in it,
        ),
    ],
)
def test_given_keywords_of_json_schemas_when_drawn_then_they_hold(said, fits):
    @CALM
    @given(messages_from(Schema(json.dumps(said), "JSON")))
    def check(drawn):
        assert fits(drawn)

    check()
