"""Declaring events: names, keys, and where their schemas come from."""

import copy
import pickle
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from uuid import UUID

import msgspec
import pydantic
import pytest

from wirepact.codecs.language import ResolvedSchema
from wirepact.events import (
    EventTypeError,
    event,
    event_types,
    find_event_type,
    find_event_type_by_name,
    isolated_events,
)
from wirepact.schemas import Schema


@pytest.fixture(autouse=True)
def isolation():
    with isolated_events():
        yield


@dataclass(frozen=True)
class Plain:
    order_id: str


class Record(msgspec.Struct):
    order_id: str


class Model(pydantic.BaseModel):
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slotted:
    order_id: str


@pytest.mark.parametrize("cls", [Plain, Record, Model, Slotted])
def test_given_a_class_of_any_library_when_declared_then_it_is_found_and_unchanged(cls):
    declared = event("orders.OrderCreated", key="order_id")(cls)

    found = find_event_type(cls)
    assert declared is cls
    assert (found.name, found.cls) == ("orders.OrderCreated", cls)
    assert find_event_type_by_name("orders.OrderCreated") is found
    assert dict(event_types()) == {"orders.OrderCreated": found}
    assert found.key_of(cls(order_id="o-1")) == "o-1"


def test_given_no_declaration_when_looked_for_then_there_is_none():
    assert find_event_type(Plain) is None
    assert find_event_type_by_name("orders.OrderCreated") is None


def test_given_a_subclass_when_looked_for_then_the_declaration_is_not_inherited():
    event("orders.OrderCreated")(Plain)

    @dataclass(frozen=True)
    class Special(Plain):
        reason: str

    assert find_event_type(Special) is None


def test_given_a_name_when_another_class_takes_it_then_both_are_named():
    event("orders.OrderCreated")(Plain)

    with pytest.raises(EventTypeError) as caught:
        event("orders.OrderCreated")(Slotted)

    assert "Slotted: 'orders.OrderCreated' is already the name of" in str(caught.value)
    assert str(caught.value).endswith(".Plain")
    assert find_event_type(Slotted) is None


def test_given_a_declaration_when_repeated_then_the_last_one_counts():
    event("orders.OrderCreated")(Plain)
    event("orders.OrderCreated", key="order_id")(Plain)

    assert find_event_type(Plain).key_of(Plain("o-1")) == "o-1"
    assert len(event_types()) == 1


def test_given_an_event_when_declared_by_another_name_then_it_is_refused():
    event("orders.OrderCreated")(Plain)

    with pytest.raises(EventTypeError, match=r"already the event 'orders\.OrderCr"):
        event("orders.OrderPlaced")(Plain)


def test_given_a_module_that_is_loaded_anew_when_declared_then_its_class_replaces_it():
    def load():
        @event("orders.OrderCreated")
        @dataclass
        class Reloaded:
            order_id: str

        return Reloaded

    first, second = load(), load()

    assert find_event_type_by_name("orders.OrderCreated").cls is second
    assert find_event_type(first) is None


def test_given_a_class_without_fields_that_are_known_when_declared_then_it_is_refused():
    class Nothing:
        order_id: str

    with pytest.raises(EventTypeError, match="put @dataclass under @event"):
        event("orders.OrderCreated")(Nothing)


def test_given_a_key_that_is_no_field_when_declared_then_it_is_refused():
    with pytest.raises(EventTypeError, match="has no field 'orderId' to be its key"):
        event("orders.OrderCreated", key="orderId")(Plain)


class Channel(Enum):
    WEB = "web"


@dataclass(frozen=True)
class Inner:
    id: object


@dataclass(frozen=True)
class Outer:
    inner: Inner


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("o-1", "o-1"),
        (b"\x00", b"\x00"),
        (7, "7"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Channel.WEB, "web"),
        (None, None),
    ],
)
def test_given_a_path_when_a_key_is_taken_then_it_is_text_or_bytes(value, key):
    event("orders.OrderCreated", key="inner.id")(Outer)

    assert find_event_type(Outer).key_of(Outer(Inner(value))) == key


@pytest.mark.parametrize("value", [1.5, True, ["o-1"]])
def test_given_a_value_that_is_no_key_when_taken_then_it_says_what_to_do(value):
    event("orders.OrderCreated", key=lambda each: each.inner.id)(Outer)

    with pytest.raises(EventTypeError, match="let a function return str or bytes"):
        find_event_type(Outer).key_of(Outer(Inner(value)))


TEXT = (
    '{"type":"record","name":"OrderCreated","namespace":"orders",'
    '"fields":[{"name":"orderId","type":"string"}]}'
)


@pytest.mark.parametrize("source", [Schema(TEXT), ResolvedSchema(Schema(TEXT))])
def test_given_a_schema_when_declared_with_it_then_nothing_is_derived(source):
    event("orders.OrderCreated", schema=source)(Plain)

    assert find_event_type(Plain).schema == Schema(TEXT)


def test_given_a_path_when_asked_for_the_schema_then_it_is_read_at_the_module(request):
    file = Path(request.path).with_name("order_created.avsc")
    event("orders.OrderCreated", schema=file.name)(Plain)

    found = find_event_type(Plain).schema

    assert (found.text, found.schema_type) == (file.read_text(), "AVRO")


@pytest.mark.parametrize(
    ("path", "words"),
    [("no-such.avsc", "No such file"), ("schema.txt", "ends in .avsc, .json, .proto")],
)
def test_given_a_path_that_cannot_be_read_when_asked_then_the_class_is_named(
    path, words
):
    event("orders.OrderCreated", schema=path)(Plain)

    with pytest.raises(EventTypeError, match=f"Plain: .*{words}"):
        _ = find_event_type(Plain).schema


def test_given_an_error_when_copied_and_pickled_then_it_says_the_same():
    error = EventTypeError("shop.Order.total", "needs digits")

    again = pickle.loads(pickle.dumps(copy.copy(error)))  # noqa: S301 - our own

    assert (str(again), again.place) == (str(error), "shop.Order.total")
