"""A registry that starts with the example contracts, and the applications of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryError

from registry.gate import manifests
from tests.e2e.builders import Topic, a_client, text
from tests.e2e.protobuf_messages import Build, ProtobufTopic
from tests.services.server import Server, serve

pytestmark = pytest.mark.e2e

CONTRACTS = Path(__file__).parents[2] / "contracts"
CREATED = "orders.order-created.v1"
ITEM = {"sku": "A-1", "quantity": 2, "unitPrice": Decimal("19.90")}
AN_ORDER_CREATED = {
    "orderId": "o-1",
    "customerId": "c-1",
    "items": [ITEM],
    "totalAmount": Decimal("39.80"),
    "timestamp": datetime(2026, 1, 10, 9, tzinfo=UTC),
}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    file = tmp_path_factory.mktemp("contracts") / "registry.db"
    with serve(f"sqlite:///{file}", "--contracts", str(CONTRACTS)) as server:
        yield server


@pytest.fixture
def created(registry: Server) -> Iterator[Topic]:
    with a_client(registry.url) as client:
        yield Topic(client, CREATED)


def changed(topic: Topic, *fields: dict[str, Any]) -> Schema:
    """Return the contract's schema with fields added, as its owner would write it."""
    present = topic.client.get_version(topic.subject, 1).schema
    assert present.schema_str is not None
    schema = json.loads(present.schema_str)
    schema["fields"] += fields
    return Schema(text(schema), "AVRO", present.references)


def test_given_the_contracts_when_started_then_each_is_registered(created: Topic):
    declared = [manifests.read(file) for file in CONTRACTS.rglob("contract.yaml")]

    subjects = created.client.get_subjects()

    assert sorted(subjects) == sorted(str(each.subject) for each in declared)
    found = {s: created.client.get_latest_version(s).schema for s in subjects}
    assert {s: each.schema_type for s, each in found.items()} == {
        str(each.subject): each.schema_type.value for each in declared
    }


def test_given_an_application_built_from_a_contract_when_it_sends_then_nothing_is_new(
    registry: Server, tmp_path: Path
):
    files = {
        "common/v1/money.proto": CONTRACTS / "common/money/schema.proto",
        "orders/v1/payment.proto": CONTRACTS / "orders/payment/schema.proto",
    }
    build = Build.of(tmp_path, {name: file.read_text() for name, file in files.items()})
    payment = build.message("orders.v1.Payment")(payment_id="p-1", method=1)
    payment.amount.currency_code, payment.amount.units = "EUR", 44

    with a_client(registry.url) as client:
        topic = ProtobufTopic(client, "orders.payment.v1")
        payload = topic.encode(payment, auto_register_schemas=False)

        assert topic.decode(payload, type(payment)) == payment
        assert client.get_versions(topic.subject) == [1]


def test_given_the_contracts_when_started_again_then_nothing_is_new(
    tmp_path: Path,
):
    database = f"sqlite:///{tmp_path}/registry.db"
    found = []
    for _ in range(2):
        with (
            serve(database, "--contracts", str(CONTRACTS)) as server,
            a_client(server.url) as client,
        ):
            subjects = client.get_subjects()
            found.append([client.get_latest_version(each) for each in subjects])

    first, second = found
    assert first == second
    assert {each.version for each in second} == {1}


def test_given_the_contract_when_produced_then_a_fresh_consumer_reads_it(
    registry: Server, created: Topic
):
    conf = {"auto_register_schemas": False, "use_latest_version": True}
    payload = created.encode(AN_ORDER_CREATED, **conf)

    with a_client(registry.url) as fresh:
        assert Topic(fresh, CREATED).decode(payload) == AN_ORDER_CREATED


def test_given_the_contract_when_a_field_with_a_default_comes_then_it_evolves(
    registry: Server, created: Topic
):
    old = created.encode(AN_ORDER_CREATED, changed(created))
    channel = {"name": "channel", "type": "string", "default": "web"}

    new = created.encode(
        {**AN_ORDER_CREATED, "channel": "app"}, changed(created, channel)
    )

    with a_client(registry.url) as fresh:
        consumer = Topic(fresh, CREATED)
        as_now = consumer.decode(old, changed(created, channel))
        assert as_now == {**AN_ORDER_CREATED, "channel": "web"}
        assert consumer.decode(new, changed(created)) == AN_ORDER_CREATED


def test_given_the_contract_when_it_is_broken_then_the_producer_is_refused(
    created: Topic,
):
    broken = changed(created, {"name": "currency", "type": "string"})

    with pytest.raises(SchemaRegistryError) as refused:
        created.encode({**AN_ORDER_CREATED, "currency": "EUR"}, broken)

    assert refused.value.error_code == 40901
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in refused.value.error_message
    assert "currency" in refused.value.error_message
