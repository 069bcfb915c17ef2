"""Classes and Protobuf: generated classes as they are, others by their field names."""

import importlib
import sys
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from wirepact.codecs.protobuf import ProtobufLanguage
from wirepact.events import (
    EventTypeError,
    SchemaIdentity,
    UnfitValueError,
    event,
    find_event_type,
    isolated_events,
)
from wirepact.gen.inputs import Input
from wirepact.gen.protobuf_modules import generate
from wirepact.schemas import PROTOBUF, Schema

TEXT = """
syntax = "proto3";
package typed_events.v1;
import "google/protobuf/duration.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

message Order {
  string order_id = 1;
  repeated Item items = 2;
  google.protobuf.Timestamp ordered_at = 3;
  map<string, string> tags = 4;
  optional string note = 5;
  Kind kind = 6;
  google.protobuf.StringValue voucher = 7;
  bytes raw = 8;
  oneof payment { string card = 9; int64 cash = 10; }
  Item class = 11;
  google.protobuf.Duration valid_for = 12;
  message Inner { int32 x = 1; }
}
message Item {
  string sku = 1;
  int32 quantity = 2;
  string unit_price = 3;
  repeated Item parts = 4;
}
enum Kind { KIND_UNSPECIFIED = 0; KIND_CARD = 1; }
"""


@pytest.fixture(scope="module")
def pb2(tmp_path_factory):
    """Return what protoc makes of the file, as `wirepact gen` writes it."""
    folder = tmp_path_factory.mktemp("protobuf")
    source = Input("test", "test", Schema(TEXT, PROTOBUF), SchemaIdentity("orders", 1))
    for file, text in generate([source], "dataclass").items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    sys.path.insert(0, str(folder))
    with isolated_events():
        yield importlib.import_module("typed_events.v1.order")
    sys.path.remove(str(folder))


@pytest.fixture(autouse=True)
def isolation():
    with isolated_events():
        yield


class Kind(Enum):
    UNSPECIFIED = 0
    CARD = 1


@dataclass(frozen=True)
class Item:
    sku: str
    quantity: int
    unit_price: Decimal
    parts: "tuple[Item, ...]" = ()


@dataclass(frozen=True, kw_only=True)
class Order:
    orderId: str  # noqa: N815 - another spelling of the same words
    items: list[Item]
    ordered_at: datetime
    kind: Kind
    raw: bytes
    tags: dict[str, str] = field(default_factory=dict)
    note: str | None = None
    voucher: str | None = None
    card: str | None = None
    cash: int | None = None
    class_: Item | None = None
    valid_for: timedelta = timedelta(days=1)


ORDER = Order(
    orderId="o-1",
    items=[Item("a", 1, Decimal("1.50"), (Item("b", 2, Decimal("0.5")),))],
    ordered_at=datetime(2026, 2, 28, 12, tzinfo=UTC),
    kind=Kind.CARD,
    raw=b"\xff",
)


def a_class(name: str, hints: dict[str, Any]) -> Any:
    return make_dataclass(name, hints.items())


def generated(pb2: Any) -> Any:
    message = pb2.order_pb2.Order
    event("typed_events.v1.Order", key="order_id")(message)
    return message, find_event_type(message)


def test_given_a_generated_class_when_declared_by_call_then_it_carries_its_schema(pb2):
    message, found = generated(pb2)

    assert found.schema.schema_type == PROTOBUF
    assert found.key_of(message(order_id="o-1")) == "o-1"
    assert ProtobufLanguage().record_name(found.resolved) is None


def test_given_a_generated_class_when_adapted_then_its_messages_stay_what_they_are(pb2):
    message, found = generated(pb2)
    adapter = found.adapter(found.resolved)
    value = message(order_id="o-1")

    assert adapter.to_plain(value) is value
    assert adapter.from_plain(value) is value
    with pytest.raises(UnfitValueError, match=r"is no .*Order, as is written here"):
        adapter.to_plain(Item("a", 1, Decimal(1)))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"note": "", "voucher": "", "tags": {"a": "b"}},
        {"card": "1", "class_": Item("c", 0, Decimal(0))},
        {"cash": 0, "valid_for": timedelta(seconds=-5)},
    ],
)
def test_given_a_dataclass_when_written_and_read_then_the_values_are_the_same(
    pb2, changes
):
    _, source = generated(pb2)
    event("shop.Order", schema=source.resolved)(Order)
    found = find_event_type(Order)
    adapter = found.adapter(found.resolved)
    language = ProtobufLanguage()
    value = replace(ORDER, **changes)

    writer = language.writer(found.resolved, adapter, Order)
    reader = language.reader(found.resolved, None, adapter)

    assert reader.decode(writer.encode(value), 0, writer.indexes) == value


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (int, r"is int, which does not fit typed_events\.v1\.Order\.order_id"),
        (list[str], "is list, which does not fit"),
        (str | int, "write a field for each member of the oneof"),
    ],
)
def test_given_a_field_that_does_not_fit_when_adapted_then_it_is_named(
    pb2, hint, words
):
    _, source = generated(pb2)
    cls = a_class("Order", {"order_id": hint})
    event("shop.Order", schema=source.resolved)(cls)

    with pytest.raises(EventTypeError, match=words):
        find_event_type(cls).adapter(source.resolved)


class Kinds(Enum):
    CARD = 1
    CASH = 2


def test_given_an_enum_with_a_member_too_many_when_adapted_then_it_is_named(pb2):
    _, source = generated(pb2)
    cls = a_class("Order", {"kind": Kinds})
    event("shop.Order", schema=source.resolved)(cls)

    with pytest.raises(EventTypeError, match="has no value for CASH"):
        find_event_type(cls).adapter(source.resolved)


def test_given_hints_alone_when_asked_for_a_protobuf_schema_then_it_says_what_to_do():
    event("shop.Order", schema_type=PROTOBUF)(Order)

    with pytest.raises(
        EventTypeError, match="decorate the class that protoc generates"
    ):
        _ = find_event_type(Order).schema
