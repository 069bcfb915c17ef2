"""Events that do not fit, through a whole serializer: what is said, and of what."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, cast
from uuid import UUID

import pydantic
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.text_format import Parse

from wirepact import (
    CodecOptions,
    DecodeError,
    Deserializer,
    EncodeError,
    Registration,
    Schema,
    Serializer,
    event,
    find_event_type,
)
from wirepact.codecs.protobuf_files import local_schema
from wirepact.events import Digits, isolated_events
from wirepact.testing import FakeRegistry

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = NOW.date()
KEY = UUID(int=5)
REGISTERING = CodecOptions(registration=Registration.REGISTER)
FILE = """
name: "orders.proto" package: "shop" syntax: "proto3"
message_type {
  name: "Order"
  field { name: "id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "item" number: 2 type: TYPE_MESSAGE label: LABEL_OPTIONAL
          type_name: ".shop.Item" }
  field { name: "more" number: 3 type: TYPE_MESSAGE label: LABEL_REPEATED
          type_name: ".shop.Item" }
}
message_type {
  name: "Item"
  field { name: "count" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
}
"""


class Color(Enum):
    RED = "RED"
    BLUE = "BLUE"


@dataclass
class Item:
    count: int


@dataclass
class Order:
    id: str
    item: Item
    more: list[Item] = field(default_factory=list)


@dataclass
class Everything:
    total: Annotated[Decimal, Digits(6, 2)] = Decimal("1.20")
    at: datetime = NOW
    day: date = DAY
    key: UUID = KEY
    color: Color = Color.RED
    colors: list[Color] = field(default_factory=list)
    items: dict[str, list[Item]] = field(default_factory=dict)
    either: int | str = 0


class Counted(pydantic.BaseModel):
    count: int = pydantic.Field(ge=0)


@pytest.fixture(autouse=True)
def isolation():
    with isolated_events():
        yield


@pytest.fixture
def client():
    with FakeRegistry().client() as client:
        yield client


def messages():
    pool = DescriptorPool()
    pool.AddSerializedFile(Parse(FILE, FileDescriptorProto()).SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName("shop.Order"))


BOTH = [
    ({"at": "today"}, "at: 'today' is no datetime"),
    ({"at": NOW.replace(tzinfo=None)}, "at: .* has no time zone"),
    ({"color": "RED"}, "color: 'RED' is no Color"),
    ({"color": None}, "color: None is no Color"),
    ({"colors": [Color.RED, "BLUE"]}, r"colors\[1\]: 'BLUE' is no Color"),
    ({"items": {"a": [Item(1), None]}}, r"items\['a'\]\[1\]: None is no Item"),
    ({"either": 1.5}, "either: float is none of int, str"),
]
AVRO_ALONE = [
    ({"total": Decimal("1.205")}, "total: .* no decimal of 6 digits, 2 after the poi"),
    ({"total": Decimal("12345.00")}, "total: .* no decimal of 6 digits, 2 after the"),
    ({"key": "no key"}, r"key: 'no key' is no string \(uuid\)"),
    ({"items": {1: []}}, r"items\[1\]: the key is no string"),
]
JSON_ALONE = [
    ({"total": "1.20"}, "total: '1.20' is no Decimal"),
    ({"key": "no key"}, "key: 'no key' is no UUID"),
    ({"day": NOW}, "day: .* is no date"),
]


@pytest.mark.parametrize(
    ("schema_type", "change", "reason"),
    [
        *(("AVRO", *case) for case in BOTH + AVRO_ALONE),
        *(("JSON", *case) for case in BOTH + JSON_ALONE),
    ],
)
def test_given_a_value_that_does_not_fit_when_encoded_then_the_place_is_told(
    client, schema_type, change, reason
):
    event("shop.Everything", schema_type=schema_type)(Everything)
    serializer = Serializer(client, REGISTERING)
    values: Any = change

    with pytest.raises(EncodeError, match=f"^value of topic all, schema 1: {reason}"):
        serializer.encode("all", Everything(**values))


@pytest.mark.parametrize("schema_type", ["AVRO", "JSON"])
def test_given_values_of_all_types_when_sent_then_they_arrive(client, schema_type):
    event("shop.Everything", schema_type=schema_type)(Everything)
    sent = Everything(items={"a": [Item(1)]}, colors=[Color.BLUE], either="b")

    data = Serializer(client, REGISTERING).encode("all", sent).data

    assert Deserializer(client, types=[Everything]).decode("all", data) == sent


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": 5}, "id: 5 does not fit: "),
        ({"item": None}, "item: None is no Item"),
        ({"item": Item(cast("int", "x"))}, "item.count: 'x' does not fit: "),
        ({"item": Item(2**40)}, "item.count: .* out of range"),
        ({"more": [Item(1), "x"]}, r"more\[1\]: 'x' is no Item"),
    ],
)
def test_given_a_value_that_no_message_holds_when_encoded_then_the_place_is_told(
    client, change, reason
):
    event("shop.Order", schema=local_schema(messages()).schema)(Order)
    serializer = Serializer(client, REGISTERING)
    values: Any = {"id": "o", "item": Item(1), **change}

    with pytest.raises(EncodeError, match=f"^value of topic all, schema 1: {reason}"):
        serializer.encode("all", Order(**values))


def test_given_a_message_without_what_a_class_needs_when_decoded_then_it_is_told(
    client,
):
    message = messages()
    event("shop.Order", schema=local_schema(message).schema)(Order)
    data = Serializer(client, REGISTERING).encode("all", message(id="o")).data

    with pytest.raises(DecodeError, match="item: is not there, and the class has no"):
        Deserializer(client, types=[Order]).decode("all", data)


def test_given_a_class_that_refuses_what_it_reads_when_decoded_then_its_words_are_told(
    client,
):
    event("shop.Counted")(Counted)
    schema = Schema(find_event_type(Counted).schema.text)
    serializer = Serializer(client, REGISTERING, schemas=[schema])
    data = serializer.encode("all", {"count": -1}).data

    with pytest.raises(DecodeError, match=r"ValidationError: (?s:.*) greater than or"):
        Deserializer(client, types=[Counted]).decode("all", data)


class Noted(pydantic.BaseModel):
    count: int
    note: str = ""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.note = "made by its constructor"


class Nested(pydantic.BaseModel):
    inner: "Later"
    more: list["Later"] = []


class Later(pydantic.BaseModel):
    count: int


@pytest.mark.parametrize("schema_type", ["AVRO", "JSON"])
@pytest.mark.parametrize(
    "value", [Noted(count=1), Nested(inner=Later(count=1), more=[Later(count=2)])]
)
def test_given_a_model_when_read_then_it_is_made_as_its_constructor_makes_it(
    client, schema_type, value
):
    event("shop.Model", schema_type=schema_type)(type(value))
    data = Serializer(client, REGISTERING).encode("all", value).data

    found = Deserializer(client, types=[type(value)]).decode("all", data)

    assert found == value
    assert found.model_fields_set >= {*type(value).model_fields} - {"note"}


def test_given_a_model_with_a_constructor_of_its_own_when_read_then_that_is_called(
    client,
):
    event("shop.Noted")(Noted)
    schema = find_event_type(Noted).schema
    plain = {"count": 1, "note": "sent"}
    data = Serializer(client, REGISTERING, schemas=[schema]).encode("all", plain).data

    found = Deserializer(client, types=[Noted]).decode("all", data)

    assert found.note == "made by its constructor"
