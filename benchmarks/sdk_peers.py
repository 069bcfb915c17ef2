"""What rows of the SDK share: confluent-kafka without a network, and the measure."""

from collections.abc import Callable
from typing import Any, Final

import httpx
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.serialization import MessageField, SerializationContext

from benchmarks.alternating import alternate, rate
from benchmarks.rows import Claim, Row, row
from wirepact.testing import FakeRegistry

SUITE: Final = "sdk"
ROUNDS: Final = 9
TOPIC: Final = "orders"
CONTEXT: Final = SerializationContext(TOPIC, MessageField.VALUE)


class _Session:
    """Answers the peer's requests from the registry in this process."""

    def __init__(self, registry: FakeRegistry) -> None:
        self._registry = registry

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        return self._registry.answer(httpx.Request(method, url, **more))


def peer_client(registry: FakeRegistry) -> SchemaRegistryClient:
    client = SchemaRegistryClient({"url": "http://registry"})
    session: Any = _Session(registry)
    client._rest_client.session = session
    return client


def faster(name: str, ours: Callable[[], object], peer: Any, least: float) -> Row:
    claim = Claim(SUITE, name, "messages/CPU s", "peer", at_least=least)
    samples = alternate({"ours": rate(ours), "peer": rate(peer)}, ROUNDS)
    return row(claim, samples["ours"], peer=samples["peer"])
