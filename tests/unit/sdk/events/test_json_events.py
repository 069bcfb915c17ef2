"""Classes and JSON: what is derived, what is written and read, what is refused."""

import json
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import jsonschema_rs
import msgspec
import pytest

from wirepact.codecs.language import ResolvedSchema
from wirepact.events import (
    Doc,
    EventTypeError,
    Int32,
    Local,
    Millis,
    Name,
    UnfitValueError,
    event,
    find_event_type,
    isolated_events,
)
from wirepact.schemas import JSON, Schema

NOW = datetime(2026, 2, 28, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture(autouse=True)
def isolation():
    with isolated_events():
        yield


class Status(Enum):
    NEW = "new"
    PAID = "paid"


@dataclass(frozen=True)
class Card:
    number: str


@dataclass(frozen=True)
class Cash:
    given: float


@dataclass(frozen=True)
class Node:
    """One line."""

    name: str
    children: "list[Node]" = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Order:
    order_id: Annotated[UUID, Doc("Never used again.")]
    root: Node
    at: datetime
    millis: Annotated[datetime, Millis]
    data: bytes
    total: Decimal
    payment: Card | Cash | None
    mixed: UUID | str | Status | int
    anything: Any
    small: Annotated[int, Int32] = 1
    status: Status = Status.NEW
    size: Literal["S", "M"] = "S"
    tags: set[str] = field(default_factory=set)
    span: timedelta = timedelta(days=2)
    day: date | None = None


ORDER = Order(
    order_id=UUID(int=1),
    root=Node("a", [Node("b")]),
    at=NOW,
    millis=NOW,
    data=b"\x00\xff",
    total=Decimal("19.90"),
    payment=None,
    mixed="x",
    anything={"a": [1]},
    tags={"a"},
)


def a_class(name: str, hints: dict[str, Any]) -> Any:
    return make_dataclass(name, hints.items())


def declared(cls: type, text: Any = None) -> Any:
    """Return the adapter of a class, for its own schema or for a given one."""
    event("shop.Order", schema_type=JSON)(cls)
    found = find_event_type(cls)
    if text is None:
        return found.adapter(found.resolved)
    return found.adapter(ResolvedSchema(Schema(json.dumps(text), JSON)))


@pytest.mark.parametrize("payment", [None, Card("1"), Cash(2.0)])
@pytest.mark.parametrize("mixed", [UUID(int=7), "text", Status.PAID, 3])
def test_given_every_type_when_written_then_it_is_valid_and_read_as_it_was(
    payment, mixed
):
    adapter = declared(Order)
    value = replace(ORDER, payment=payment, mixed=mixed)
    text = find_event_type(Order).schema.text

    payload = msgspec.json.encode(adapter.to_plain(value))

    validator = jsonschema_rs.validator_for(json.loads(text), validate_formats=True)
    validator.validate(json.loads(payload))
    assert adapter.from_plain(msgspec.json.decode(payload)) == value


def test_given_a_class_when_derived_then_the_schema_says_what_it_needs():
    declared(Node)

    assert json.loads(find_event_type(Node).schema.text) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Order",
        "description": "One line.",
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#"}, "default": []},
        },
        "required": ["name"],
        "additionalProperties": False,
    }


@dataclass(frozen=True)
class Short:
    order_id: str
    note: str | None = None


def an_object(required=("orderId",), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"orderId": {"type": "string"}, **properties},
        "required": list(required),
    }


def test_given_a_property_that_may_not_be_null_when_none_then_it_is_left_out():
    adapter = declared(Short, an_object(note={"type": "string"}))

    assert adapter.to_plain(Short("o-1")) == {"orderId": "o-1"}
    assert adapter.to_plain(Short("o-1", "n")) == {"orderId": "o-1", "note": "n"}
    assert adapter.from_plain({"orderId": "o-1"}) == Short("o-1")


def test_given_a_property_that_may_be_null_when_none_then_it_is_written():
    adapter = declared(Short, an_object(note={"type": ["string", "null"]}))

    assert adapter.to_plain(Short("o-1")) == {"orderId": "o-1", "note": None}


def test_given_a_closed_object_when_it_lacks_a_field_then_writing_names_it():
    schema = {**an_object(), "additionalProperties": False}
    adapter = declared(Short, schema)

    assert adapter.from_plain({"orderId": "o-1"}) == Short("o-1")
    with pytest.raises(EventTypeError, match="allows no property 'note'"):
        adapter.to_plain(Short("o-1"))


def test_given_a_required_property_that_the_class_lacks_when_written_then_it_is_named():
    schema = an_object(("orderId", "total"), total={"type": "integer"})
    adapter = declared(Short, schema)

    with pytest.raises(EventTypeError, match="property 'total', which is required"):
        adapter.to_plain(Short("o-1"))


@dataclass(frozen=True)
class Price:
    amount: Decimal
    paid_at: Annotated[datetime, Name("paid")]


def test_given_numbers_in_the_schema_when_written_then_decimals_and_times_are_numbers():
    schema = {
        "type": "object",
        "properties": {"amount": {"type": "number"}, "paid": {"type": "integer"}},
    }
    adapter = declared(Price, schema)
    value = Price(Decimal("19.9"), NOW)

    plain = adapter.to_plain(value)

    assert plain == {"amount": 19.9, "paid": 1_772_281_815_250}
    assert adapter.from_plain(plain) == value
    with pytest.raises(UnfitValueError, match="more digits than a JSON number keeps"):
        adapter.to_plain(Price(Decimal("0.1234567890123456789"), NOW))


@pytest.mark.parametrize(
    "plain",
    [{"orderId": 7}, {"orderId": None}, {"orderId": "o-1", "note": 7}],
)
def test_given_a_value_of_another_type_when_read_then_it_is_refused(plain):
    adapter = declared(Short)

    with pytest.raises(UnfitValueError):
        adapter.from_plain(plain)


@dataclass(frozen=True)
class Paid:
    kind: Literal["paid"]
    amount: int


@dataclass(frozen=True)
class Refunded:
    kind: Literal["refunded"]
    amount: int


@dataclass(frozen=True)
class Holder:
    change: Paid | Refunded


def test_given_a_union_with_a_constant_when_read_then_the_constant_decides():
    adapter = declared(Holder)
    value = Holder(Refunded("refunded", 5))

    plain = adapter.to_plain(value)

    assert adapter.from_plain(plain) == value
    with pytest.raises(UnfitValueError, match="none of its values"):
        adapter.from_plain({"change": {"kind": "lost", "amount": 5}})


def test_given_references_when_adapted_then_properties_are_found_through_them():
    text = {
        "$id": "https://shop.example/order.json",
        "type": "object",
        "properties": {"node": {"$ref": "node.json#/$defs/Node"}},
    }
    node = {
        "$id": "https://shop.example/node.json",
        "$defs": {"Node": {"type": "object", "properties": {"the-name": {}}}},
    }

    @dataclass(frozen=True)
    class Inner:
        the_name: Annotated[str, Name("the-name")]

    @dataclass(frozen=True)
    class Outer:
        node: Inner

    event("shop.Order", schema_type=JSON)(Outer)
    resolved = ResolvedSchema(
        Schema(json.dumps(text), JSON), {"node.json": Schema(json.dumps(node), JSON)}
    )

    adapter = find_event_type(Outer).adapter(resolved)

    assert adapter.to_plain(Outer(Inner("a"))) == {"node": {"the-name": "a"}}


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Annotated[datetime, Local], "date-time has a zone"),
        (tuple[int, str], "write a dataclass"),
    ],
)
def test_given_a_hint_that_json_has_nothing_for_when_derived_then_it_says_what_to_write(
    hint, words
):
    cls = a_class("Order", {"value": hint})
    event("shop.Order", schema_type=JSON)(cls)

    with pytest.raises(EventTypeError, match=words):
        _ = find_event_type(cls).schema
