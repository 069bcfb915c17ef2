"""What producers say of the time must not keep a record from being handled."""

from types import SimpleNamespace

import pytest
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from wirepact.transports._amqp import to_delivery as from_amqp
from wirepact.transports._redis_entries import to_delivery as from_redis

MICROSECONDS = 1_770_000_000_000_000
"""Taken for milliseconds, this is in the year 58000."""


@pytest.mark.parametrize("ms", [MICROSECONDS, 2**63 - 1, 2**64 - 1])
def test_given_an_entry_of_redis_with_an_id_that_is_no_time_then_it_is_delivered(ms):
    delivery = from_redis("orders", f"{ms}-0", {b"value": b"x"}, 1)

    assert (delivery.value, delivery.sent_at) == (b"x", None)


@pytest.mark.parametrize("ms", [MICROSECONDS, 2**63 - 1, -(2**63)])
def test_given_a_message_of_rabbitmq_with_a_time_that_is_none_then_it_is_delivered(ms):
    properties = Basic.Properties(headers={"timestamp_in_ms": ms})
    message = SimpleNamespace(
        header=ContentHeader(properties=properties),
        body=b"x",
        exchange="orders",
        routing_key="k",
        delivery_tag=1,
    )

    delivery = from_amqp("orders", message, 1)

    assert (delivery.value, delivery.sent_at) == (b"x", None)
