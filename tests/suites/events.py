"""What senders and receivers of events may rely on, whichever registry answers.

A subclass brings the fixture `opened`, which opens a registry with options. All three
languages, references, all framings, and a check that tells what the codec will meet.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from tests.suites.registry_facade import (
    ORDER,
    OrderConfirmed,
    OrderCreated,
    declared,
)
from wirepact import (
    CodecOptions,
    ContractCheckError,
    DecodeError,
    Framing,
    Reference,
    Registration,
    Registry,
    Schema,
    SubjectStrategy,
    event,
)

Opened = Callable[..., Any]
REGISTER = Registration.REGISTER


@dataclass(frozen=True, slots=True)
class Item:
    sku: str


ITEM = Schema(
    '{"type": "record", "name": "desk.Item",'
    ' "fields": [{"name": "sku", "type": "string"}]}'
)
PACKED = Schema(
    '{"type": "record", "name": "desk.OrderPacked",'
    ' "fields": [{"name": "items",'
    ' "type": {"type": "array", "items": "desk.Item"}}]}',
    references=(Reference("desk.Item", "item", 1),),
)


@event("desk.OrderPacked", schema=PACKED)
@dataclass(frozen=True, slots=True)
class OrderPacked:
    items: list[Item]


@event("desk.OrderSeen", schema_type="JSON", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderSeen:
    order_id: str
    times: int = 1


def _file(name: str, *dependencies: str) -> FileDescriptorProto:
    package = name.partition("/")[0]
    return FileDescriptorProto(
        name=name, package=package, syntax="proto3", dependency=dependencies
    )


def _generated() -> tuple[type, type]:
    """Return two message classes, one of which imports the other's file."""
    money = _file("common/money.proto")
    text = {"type": FieldDescriptorProto.TYPE_STRING, "label": 1}
    money.message_type.add(name="Money").field.add(name="currency", number=1, **text)
    paid = _file("orders/paid.proto", "common/money.proto")
    paid.message_type.add(name="Other")
    paid.message_type.add(name="OrderPaid").field.add(
        name="amount",
        number=1,
        type=FieldDescriptorProto.TYPE_MESSAGE,
        type_name=".common.Money",
        label=1,
    )
    pool = DescriptorPool()
    pool.Add(money)
    pool.Add(paid)
    names = ("orders.OrderPaid", "common.Money")
    paid_type, money_type = (
        GetMessageClass(pool.FindMessageTypeByName(name)) for name in names
    )
    return paid_type, money_type


OrderPaid, Money = _generated()


class EventsSuite:
    """The claims; `opened` opens a registry that is empty in the beginning."""

    @pytest.fixture
    def opened(self) -> Opened:
        raise NotImplementedError

    @pytest.mark.parametrize("framing", Framing)
    @pytest.mark.parametrize(
        "sent",
        [ORDER, OrderSeen("o-1", 3), OrderPaid(amount=Money(currency="EUR"))],
        ids=["avro", "json", "protobuf"],
    )
    def test_given_an_event_when_sent_then_it_arrives_as_it_was(
        self, opened, sent, framing
    ):
        options = CodecOptions(registration=REGISTER, framing=framing)

        with opened(events=[type(sent)], options=options) as registry:
            found = registry.decode(*registry.encode(sent, "orders"))

            assert found.event == sent
            assert type(found.event) is type(sent)
            assert found.faults == ()
            assert not registry.check(topics=["orders"]).has_failed

    @pytest.mark.parametrize(
        "sent",
        [ORDER, OrderSeen("o-1"), OrderPaid(amount=Money(currency="EUR"))],
        ids=["avro", "json", "protobuf"],
    )
    def test_given_a_registered_schema_when_only_looked_up_then_it_is_found(
        self, opened, sent
    ):
        register = CodecOptions(registration=REGISTER)
        with opened(options=register) as registry:
            first = registry.encode(sent, "orders")

        with opened(events=[type(sent)]) as registry:
            assert registry.encode(sent, "orders").value == first.value

    @pytest.mark.parametrize(
        "sent", [OrderSeen("o-1"), OrderPaid()], ids=["json", "protobuf"]
    )
    def test_given_nobody_who_registers_when_checked_then_it_is_told(
        self, opened, sent
    ):
        with opened(events=[type(sent)]) as registry:
            report = registry.check(topics=["orders"])

        with pytest.raises(ContractCheckError, match="orders-value"):
            report.raise_if_failed()

    def test_given_references_when_sent_then_the_parts_arrive(self, opened):
        options = CodecOptions(registration=REGISTER)
        sent = OrderPacked([Item("s-1"), Item("s-2")])

        with opened(events=[OrderPacked], options=options) as registry:
            register(registry, "item", ITEM)
            found = registry.decode(*registry.encode(sent, "packed"))

            assert found.event == sent
            assert registry.check(topics=["packed"]).contracts[0].state == "ok"

    def test_given_imports_when_sent_then_they_are_registered_under_their_paths(
        self, opened
    ):
        options = CodecOptions(registration=REGISTER)

        with opened(events=[OrderPaid], options=options) as registry:
            report = registry.check(topics=["paid"])
            assert report.contracts[0].state == "will be registered"
            registry.encode(OrderPaid(amount=Money(currency="EUR")), "paid")
            subjects = listed(registry)

        assert subjects == ("common/money.proto", "paid-value")

    def test_given_several_types_on_a_topic_when_sent_then_each_arrives(self, opened):
        options = CodecOptions(
            registration=REGISTER, strategy=SubjectStrategy.TOPIC_RECORD
        )
        sent = [ORDER, OrderConfirmed("o-1"), OrderSeen("o-1")]

        with opened(events=[type(each) for each in sent], options=options) as registry:
            messages = [registry.encode(each, "orders") for each in sent]
            found = [registry.decode(*each).event for each in messages]

        assert found == sent

    def test_given_an_older_version_when_read_then_defaults_fill_it_up(self, opened):
        older = Schema(
            '{"type": "record", "name": "desk.OrderCreated",'
            ' "fields": [{"name": "orderId", "type": "string"}]}'
        )
        with opened(events=[OrderCreated]) as registry:
            old = register(registry, "orders-value", older)
            register(registry, "orders-value", declared(OrderCreated).schema)
            message = b"\x00" + old.id.to_bytes(4, "big") + b"\x06o-1"

            assert registry.decode("orders", None, message).event == OrderCreated("o-1")
            assert registry.check(topics=["orders"]).contracts[0].version == 2

    def test_given_a_json_value_that_breaks_its_schema_when_read_then_it_is_refused(
        self, opened
    ):
        options = CodecOptions(registration=REGISTER)

        with opened(events=[OrderSeen], options=options) as registry:
            value = registry.encode(OrderSeen("o-1"), "seen").value
            broken = value[:5] + json.dumps({"orderId": 7}).encode()

            with pytest.raises(DecodeError, match="orderId"):
                registry.decode("seen", None, broken)


def register(registry: Any, subject: str, schema: Schema) -> Any:
    """Register a schema, with a registry of either colour."""
    if isinstance(registry, Registry):
        return registry.client.register(subject, schema)
    return registry.run(lambda: registry.client.register(subject, schema))


def listed(registry: Any) -> tuple[str, ...]:
    """List the subjects, with a registry of either colour."""
    if isinstance(registry, Registry):
        return registry.client.list_subjects()
    subjects: tuple[str, ...] = registry.run(registry.client.list_subjects)
    return subjects
