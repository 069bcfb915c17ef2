"""What producers say of the time must not keep a record from being handled."""

import struct
from types import SimpleNamespace

import pytest
from pamqp import decode
from pamqp.commands import Basic
from pamqp.frame import unmarshal
from pamqp.header import ContentHeader

from wirepact.transports._amqp import again
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


@pytest.mark.parametrize("seconds", [2**63 - 1, 2**64 - 1, 2**64 - 2**40, 10**15])
def test_given_a_time_of_amqp_that_no_calendar_has_then_its_frame_is_read(seconds):
    # A content header with the one property of a time.
    payload = struct.pack(">HHQHQ", 60, 0, 1, 1 << 6, seconds)
    frame = struct.pack(">BHL", 2, 1, len(payload)) + payload + b"\xce"

    _, _, header = unmarshal(frame)

    message = SimpleNamespace(
        header=header, body=b"x", exchange="o", routing_key="k", delivery_tag=1
    )
    delivery = from_amqp("o", message, 1)
    assert (delivery.value, delivery.sent_at) == (b"x", None)
    assert again("o", message, attempt=2).timestamp is None


def test_given_a_time_among_headers_that_no_calendar_has_then_it_is_a_number():
    table = b"\x04when" + b"T" + struct.pack(">q", -(2**40))

    _, read = decode.field_table(struct.pack(">I", len(table)) + table)

    assert read == {"when": -(2**40)}


def test_given_a_short_text_of_amqp_that_is_no_utf_8_then_it_is_read():
    assert decode.by_type(b"\x03k\xffk", "shortstr") == (4, "k\ufffdk")


@pytest.mark.parametrize("kind", ["timestamp", "shortstr"])
def test_given_a_field_of_amqp_that_is_cut_off_then_that_is_still_an_error(kind):
    with pytest.raises(ValueError, match="unpack"):
        decode.by_type(b"", kind)
