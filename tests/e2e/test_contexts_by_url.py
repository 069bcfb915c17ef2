"""An unmodified client whose base URL ends with a context sees just that context."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import (
    SchemaReference,
    SchemaRegistryClient,
    SchemaRegistryError,
)

from tests.e2e.builders import (
    AN_ORDER,
    ORDER,
    ORDER_WITH_CURRENCY,
    ORDER_WITH_NOTE,
    Topic,
    a_client,
    a_name,
    avro,
    field,
    record,
    schema_id,
)
from tests.e2e.protobuf_messages import Build, ProtobufTopic
from tests.services.server import Server

pytestmark = pytest.mark.e2e


@pytest.fixture
def context() -> str:
    return f".{a_name('context')}"


@pytest.fixture
def within(registry: Server, context: str) -> Iterator[SchemaRegistryClient]:
    with a_client(f"{registry.url}/contexts/{context}") as client:
        yield client


@pytest.fixture
def also_within(registry: Server, context: str) -> Iterator[SchemaRegistryClient]:
    """A client that starts with empty caches; it writes the context in full."""
    with a_client(f"{registry.url}/contexts/:{context}:") as client:
        yield client


def test_given_a_context_when_a_message_is_sent_then_it_is_read_within_the_context(
    within: SchemaRegistryClient,
    also_within: SchemaRegistryClient,
    client: SchemaRegistryClient,
    context: str,
):
    sender = Topic(within)

    payload = sender.encode(AN_ORDER, ORDER)

    assert schema_id(payload) == 1
    assert Topic(also_within, sender.name).decode(payload) == AN_ORDER
    assert within.get_subjects() == [f":{context}:{sender.subject}"]
    assert sender.subject not in client.get_subjects(subject_prefix="")
    assert context in client.get_contexts()


def test_given_header_framing_within_a_context_when_sent_then_it_is_read(
    within: SchemaRegistryClient, also_within: SchemaRegistryClient
):
    sender = Topic(within)
    payload = sender.encode_with_header(AN_ORDER, ORDER)
    reader = Topic(also_within, sender.name)

    reader.headers = sender.headers

    assert reader.decode(payload) == AN_ORDER


def test_given_references_within_a_context_when_sent_then_they_are_found_there(
    within: SchemaRegistryClient, also_within: SchemaRegistryClient
):
    money = record(field("amount", "double"), name="Money")
    within.register_schema("money", avro(money))
    bill = record(field("total", "shop.Money"), name="Bill")
    reference = SchemaReference("shop.Money", "money", 1)
    topic = Topic(within)
    within.register_schema(topic.subject, avro(bill, reference))
    value = {"total": {"amount": 1.5}}

    payload = topic.encode(value, use_latest_version=True, auto_register_schemas=False)

    assert Topic(also_within, topic.name).decode(payload) == value
    assert also_within.get_referenced_by("money", 1) == [schema_id(payload)]


def test_given_settings_of_a_context_when_registering_then_they_hold_in_it_alone(
    within: SchemaRegistryClient, client: SchemaRegistryClient
):
    name = a_name()
    within.set_compatibility(level="NONE")
    for each in (within, client):
        each.register_schema(name, avro(ORDER))

    within.register_schema(name, avro(ORDER_WITH_CURRENCY))

    assert within.get_versions(name) == [1, 2]
    with pytest.raises(SchemaRegistryError) as refused:
        client.register_schema(name, avro(ORDER_WITH_CURRENCY))
    assert refused.value.error_code == 40901


def test_given_a_context_when_everything_in_it_is_deleted_then_only_there(
    within: SchemaRegistryClient, client: SchemaRegistryClient
):
    name = a_name()
    for each in (within, client):
        each.register_schema(name, avro(ORDER))
        each.register_schema(name, avro(ORDER_WITH_NOTE))

    assert within.delete_version(name, 1) == 1
    assert within.delete_subject(name) == [2]
    assert within.delete_subject(name, permanent=True) == [1, 2]

    assert within.get_subjects(deleted=True) == []
    assert client.get_versions(name) == [1, 2]


MONEY = """\
syntax = "proto3";
package common;
message Money { string currency = 1; }
"""
BILL = """\
syntax = "proto3";
package orders;
import "common/money.proto";
message Bill { common.Money total = 1; }
"""


def test_given_imports_within_a_context_when_sent_then_a_fresh_client_reads_them(
    within: SchemaRegistryClient,
    also_within: SchemaRegistryClient,
    context: str,
    tmp_path: Path,
):
    files = {"common/money.proto": MONEY, "orders/bill.proto": BILL}
    bill = Build.of(tmp_path, files).message("orders.Bill")()
    bill.total.currency = "EUR"
    topic = ProtobufTopic(within)

    payload = topic.encode(bill)

    assert topic.seen_by(also_within).decode(payload, type(bill)) == bill
    assert f":{context}:common/money.proto" in within.get_subjects()
