"""Where broker, registry and database are, by the environment; in memory by default.

SHOP_BROKER    memory, kafka://host:port or amqp://host:port
SHOP_REGISTRY  http://host:port; without it, one in memory with the folder of contracts
SHOP_DATABASE  sqlite:///file or postgresql://...; the invoices
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

from wirepact import AppOptions, CodecOptions, Registration, Sql
from wirepact.transports.memory import Memory, MemoryBroker
from wirepact.transports.port import Transport

ORDERS = "orders.order-created.v1"
CONFIRMATIONS = "orders.order-confirmed.v1"
SHIPMENTS = "orders.shipment.v1"

CONTRACTS = Path(__file__).parents[4] / "contracts"

# The contracts are registered by whoever owns them, and never by a service.
OPTIONS = AppOptions(
    codecs=CodecOptions(registration=Registration.LATEST_COMPATIBLE), drain_s=10
)


def broker() -> Transport:
    """Return a connection of one service."""
    address = os.environ.get("SHOP_BROKER", "memory")
    scheme, _, servers = address.partition("://")
    if scheme == "kafka":
        from wirepact.transports.kafka import Kafka

        return Kafka(servers)
    if scheme == "amqp":
        from wirepact.transports.rabbitmq import RabbitMq

        return RabbitMq(address, single_active_consumer=True)
    if address == "memory":
        return Memory(_in_memory())
    raise SystemExit(f"SHOP_BROKER: memory, kafka://... or amqp://..., not {scheme}://")


@cache
def registry() -> Any:
    """Return the address of the registry, or a client of one in memory."""
    url = os.environ.get("SHOP_REGISTRY")
    if url:
        return url
    from wirepact.testing import FakeRegistry, seed

    made = FakeRegistry()
    seed(made, CONTRACTS)
    return made.async_client()


@cache
def database() -> Sql:
    """Return where invoices are, and beside them which messages were handled."""
    return Sql(os.environ.get("SHOP_DATABASE", "sqlite:///shop.db"))


@cache
def _in_memory() -> MemoryBroker:
    return MemoryBroker()
