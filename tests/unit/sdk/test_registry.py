"""Events become messages and messages events, with all that is around them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.suites.registry_facade import (
    ORDER,
    OrderConfirmed,
    OrderCreated,
    OrderNoted,
    both,
    declared,
)
from wirepact import (
    AsyncRegistry,
    CodecOptions,
    DecodeError,
    EncodeError,
    Envelope,
    EnvelopeError,
    Framing,
    Reference,
    Registration,
    Registry,
    RegistryUnavailableError,
    Schema,
    SchemaNotRegisteredError,
    SubjectStrategy,
    context,
    envelope,
    event,
)
from wirepact.envelope import AMQP, HTTP, KAFKA, NATS
from wirepact.testing import FakeRegistry

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
FIXED: dict[str, Any] = {
    "source": "urn:shop",
    "new_id": lambda: ID,
    "clock": lambda: NOW,
}
INCOMING = Envelope(id="m-1", source="urn:web", type="A", correlationid="c-1")
EVENTS = (OrderCreated, OrderConfirmed)


@pytest.fixture
def fake():
    registry = FakeRegistry()
    with registry.client() as client:
        client.register("orders-value", declared(OrderCreated).schema)
        client.register("notes-value", declared(OrderNoted).schema)
    return registry


@both
def test_given_an_event_when_encoded_then_its_message_says_all_about_it(colour, fake):
    with colour(fake, **FIXED) as registry:
        message = registry.encode(ORDER, "orders")

    assert (message.topic, message.key) == ("orders", b"o-1")
    assert message.value[:5] == b"\x00\x00\x00\x00\x01"
    assert message.headers == envelope.write(
        Envelope(
            id=str(ID),
            source="urn:shop",
            type="desk.OrderCreated",
            time=NOW,
            subject="o-1",
            dataschema="http://fake-registry/schemas/ids/1",
            datacontenttype="application/avro",
        )
    )


@both
@pytest.mark.parametrize("framing", Framing)
def test_given_a_message_when_decoded_then_it_is_the_event_again(colour, fake, framing):
    options = CodecOptions(framing=framing)
    with colour(fake, events=EVENTS, options=options, **FIXED) as registry:
        message = registry.encode(ORDER, "orders", headers=[("tag", b"\xff")])
        found = registry.decode(*message)

    assert found.event == ORDER
    assert (found.topic, found.key) == ("orders", b"o-1")
    assert found.envelope.id == str(ID)
    assert ("tag", b"\xff") in found.headers
    assert found.faults == ()
    if framing is Framing.ID_PREFIX:
        assert found.schema_id == 1
    else:
        assert isinstance(found.schema_id, UUID)


@both
@pytest.mark.parametrize(
    "headers",
    [
        {"ce_id": "m-1", "tag": None},
        [("ce_id", "m-1"), ("tag", None)],
        (("ce_id", b"m-1"), ("tag", None)),
    ],
)
def test_given_headers_as_any_library_gives_them_when_decoded_then_they_are_read(
    colour, fake, headers
):
    with colour(fake, events=EVENTS, **FIXED) as registry:
        value = registry.encode(ORDER, "orders").value
        found = registry.decode("orders", None, value, headers)

    assert (found.event, found.envelope.id) == (ORDER, "m-1")
    assert found.headers == (("tag", None),)


@both
def test_given_a_message_without_headers_when_decoded_then_only_the_event_is_there(
    colour, fake
):
    with colour(fake, events=EVENTS, **FIXED) as registry:
        value = registry.encode(ORDER, "orders").value
        found = registry.decode("orders", None, value)

    assert found.event == ORDER
    assert found.envelope == Envelope(id="", source="", type="", specversion="")


@both
@pytest.mark.parametrize(
    ("binding", "header"),
    [(KAFKA, "ce_id"), (AMQP, "cloudEvents_id"), (NATS, "ce-id"), (HTTP, "ce-id")],
)
def test_given_a_broker_then_its_headers_carry_the_envelope(
    colour, fake, binding, header
):
    more = {**FIXED, "binding": binding}
    with colour(fake, events=EVENTS, **more) as registry:
        message = registry.encode(ORDER, "orders", subject="ä b")
        found = registry.decode(*message)

    assert header in dict(message.headers)
    assert (found.event, found.envelope.subject) == (ORDER, "ä b")
    assert found.headers == ()


@both
def test_given_no_class_for_a_message_when_decoded_then_it_is_plain(colour, fake):
    with colour(fake, **FIXED) as registry:
        found = registry.decode(*registry.encode(ORDER, "orders"))

    assert found.event == {"orderId": "o-1", "note": "fragile"}


@both
def test_given_a_tombstone_then_it_has_a_key_and_no_envelope(colour, fake):
    with colour(fake, **FIXED) as registry:
        message = registry.encode(None, "orders", key="o-1", headers=[("tag", b"a")])
        found = registry.decode(*message)

        with pytest.raises(EncodeError, match="without a key"):
            registry.encode(None, "orders")

    assert message == ("orders", b"o-1", None, [("tag", b"a")])
    assert (found.event, found.schema_id, found.envelope.type) == (None, None, "")


@both
def test_given_a_handler_when_it_sends_then_the_message_names_its_cause(colour, fake):
    parent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    incoming = envelope.read(
        [*envelope.write(INCOMING), ("traceparent", parent), ("baggage", b"k=v")], b""
    )

    with colour(fake, **FIXED) as registry, context.handling(incoming, "billing"):
        message = registry.encode(ORDER, "orders")

    found = envelope.read(message.headers, message.value)
    assert found.envelope.correlationid == "c-1"
    assert found.envelope.causationid == "m-1"
    assert found.envelope.traceparent == parent.decode()
    assert ("traceparent", parent) in message.headers
    assert ("baggage", b"k=v") in message.headers


@both
def test_given_a_message_handled_again_when_ids_are_repeatable_then_they_are_the_same(
    colour, fake
):
    def sent():
        with context.handling(INCOMING, "billing"):
            return [registry.encode(ORDER, "orders").headers for _ in range(2)]

    more = {**FIXED, "repeatable_ids": True}
    with colour(fake, **more) as registry:
        first, again = sent(), sent()
        outside = registry.encode(ORDER, "orders").headers

    assert first == again
    assert first[0] != first[1]
    assert dict(outside)["ce_id"].decode() == str(ID)


@both
def test_given_no_trace_when_one_is_wanted_then_the_message_begins_one(colour, fake):
    with colour(fake, begin_traces=True, **FIXED) as registry:
        message = registry.encode(ORDER, "orders")

    headers = dict(message.headers)
    assert headers["traceparent"] == headers["ce_traceparent"]


@both
def test_given_attributes_when_encoded_then_they_go_before_the_usual_ones(colour, fake):
    with colour(fake, **FIXED) as registry:
        message = registry.encode(
            ORDER,
            "orders",
            key=b"\xff",
            id="m-7",
            sequence="7",
            correlationid="c-7",
            recordedtime=NOW,
            extensions={"tenant": "a"},
        )

    found = envelope.read(message.headers, message.value).envelope
    assert message.key == b"\xff"
    assert (found.id, found.subject, found.sequence) == ("m-7", None, "7")
    assert (found.correlationid, found.recordedtime) == ("c-7", NOW)
    assert found.extensions == {"tenant": "a"}


@both
def test_given_an_event_without_a_key_then_the_message_has_none(colour, fake):
    with colour(fake, **FIXED) as registry:
        message = registry.encode(OrderNoted("hello"), "notes")

    assert message.key is None
    assert "ce_subject" not in dict(message.headers)


@both
@pytest.mark.parametrize("value", [{"orderId": "o-1"}, "text", 7])
def test_given_what_is_no_event_when_encoded_then_it_is_refused(colour, fake, value):
    with (
        colour(fake, **FIXED) as registry,
        pytest.raises(EncodeError, match="declare the class with @event"),
    ):
        registry.encode(value, "orders")


@both
@pytest.mark.parametrize("event", [ORDER, None], ids=["event", "tombstone"])
@pytest.mark.parametrize("key", ["\ud800", 7, 1.5])
def test_given_a_key_that_is_no_text_when_encoded_then_it_is_refused(
    colour, fake, event, key
):
    with (
        colour(fake, **FIXED) as registry,
        pytest.raises(EncodeError, match="cannot be the key"),
    ):
        registry.encode(event, "orders", key=key)


@both
def test_given_one_class_instead_of_a_list_then_it_is_said(colour, fake):
    with (
        pytest.raises(TypeError, match=r"as a list: \[OrderCreated\]"),
        colour(fake, events=OrderCreated),
    ):
        pass


@both
def test_given_no_source_when_an_event_is_sent_then_it_is_asked_for(colour, fake):
    with (
        colour(fake) as registry,
        pytest.raises(EnvelopeError, match=r"source is missing: say .* source='urn:"),
    ):
        registry.encode(ORDER, "orders")


@both
def test_given_a_source_that_is_none_then_the_registry_is_not_made(colour, fake):
    with (
        pytest.raises(EnvelopeError, match="no URI reference"),
        colour(fake, source="my service"),
    ):
        pass


@both
def test_given_a_schema_that_is_not_registered_when_encoded_then_it_is_said(
    colour, fake
):
    with (
        colour(fake, **FIXED) as registry,
        pytest.raises(SchemaNotRegisteredError, match="orders-value"),
    ):
        registry.encode(OrderConfirmed("o-1"), "orders")


@both
def test_given_bytes_that_are_no_message_when_decoded_then_the_topic_is_named(
    colour, fake
):
    with (
        colour(fake, **FIXED) as registry,
        pytest.raises(DecodeError, match="value of topic orders") as refused,
    ):
        registry.decode("orders", None, b"plain", [])

    assert refused.value.topic == "orders"


@both
def test_given_several_types_on_a_topic_when_decoded_then_each_is_its_class(colour):
    options = CodecOptions(
        strategy=SubjectStrategy.TOPIC_RECORD, registration=Registration.REGISTER
    )
    sent = [ORDER, OrderConfirmed("o-1"), OrderNoted("x")]

    with colour(FakeRegistry(), events=EVENTS, options=options, **FIXED) as registry:
        messages = [registry.encode(each, "orders") for each in sent]
        found = [registry.decode(*each).event for each in messages]

    assert found == [ORDER, OrderConfirmed("o-1"), {"text": "x"}]


@both
def test_given_a_known_event_when_the_registry_is_gone_then_it_still_is_one(
    colour, fake
):
    with colour(fake, events=EVENTS, **FIXED) as registry:
        message = registry.encode(ORDER, "orders")
        registry.decode(*message)
        asked = list(fake.requests)
        fake.is_down = True

        assert registry.decode(*registry.encode(ORDER, "orders")).event == ORDER
        with pytest.raises(RegistryUnavailableError):
            registry.encode(ORDER, "other")
    assert fake.requests[: len(asked)] == asked


def test_given_a_context_then_the_place_of_the_schema_names_it(fake):
    with Registry(fake.client(context=".eu"), **FIXED) as registry:
        registry.client.register("orders-value", declared(OrderCreated).schema)
        message = registry.encode(ORDER, "orders")

    place = dict(message.headers)["ce_dataschema"].decode()
    assert place == "http://fake-registry/schemas/ids/1?subject=%3A.eu%3A"


def test_given_json_when_encoded_then_its_media_type_is_said():
    @event("desk.OrderRead", schema_type="JSON")
    @dataclass
    class OrderRead:
        order_id: str

    options = CodecOptions(registration=Registration.REGISTER)
    with Registry(
        FakeRegistry().client(), options=options, events=[OrderRead], **FIXED
    ) as registry:
        message = registry.encode(OrderRead("o-1"), "seen")
        found = registry.decode(*message)

    assert dict(message.headers)["content-type"] == b"application/json"
    assert json.loads(message.value[5:]) == {"orderId": "o-1"}
    assert found.event == OrderRead("o-1")


@both
def test_given_an_event_whose_schema_refers_to_others_then_it_comes_back(colour):
    @dataclass
    class Item:
        sku: str

    item = '{"type": "record", "name": "desk.Item", "fields": [%s]}'
    sku = '{"name": "sku", "type": "string"}'
    packed = '{"type": "record", "name": "desk.Packed", "fields": [%s]}'
    reference = Reference("desk.Item", "item", 1)
    field = '{"name": "item", "type": "desk.Item"}'

    @event("desk.Packed", schema=Schema(packed % field, references=(reference,)))
    @dataclass
    class Packed:
        item: Item

    fake = FakeRegistry()
    with fake.client() as client:
        client.register("item", Schema(item % sku))
    options = CodecOptions(registration=Registration.REGISTER)
    with colour(fake, events=[Packed], options=options, **FIXED) as registry:
        message = registry.encode(Packed(Item("s-1")), "packed")
        found = registry.decode(*message)

    assert found.event == Packed(Item("s-1"))


@both
def test_given_a_generated_message_when_sent_then_it_needs_no_declaration(colour):
    options = CodecOptions(registration=Registration.REGISTER)
    fake = FakeRegistry()

    with colour(fake, events=[Timestamp], options=options, **FIXED) as registry:
        message = registry.encode(Timestamp(seconds=7), "times", key="k")
        found = registry.decode(*message)
        report = registry.check(topics=["times"])

    assert found.event == Timestamp(seconds=7)
    assert found.envelope.type == "google.protobuf.Timestamp"
    assert found.envelope.datacontenttype == "application/protobuf"
    assert report.contracts[0].state == "ok"


def test_given_a_client_when_the_registry_is_closed_then_the_client_stays_open(fake):
    with fake.client() as client:
        registry = Registry(client, **FIXED)
        registry.close()
        registry.close()

        assert client.list_subjects()
        with pytest.raises(TypeError, match="bundle"):
            Registry(client, bundle=None)


@pytest.mark.parametrize("made", [Registry, AsyncRegistry])
def test_given_a_class_that_is_not_declared_then_the_registry_is_not_made(made):
    with pytest.raises(TypeError, match="int is not declared"):
        made("http://registry:8081", events=[int])


@pytest.mark.parametrize("made", [Registry, AsyncRegistry])
def test_no_credentials_are_shown(made):
    registry = made("http://me:secret@registry:8081")

    assert "secret" not in repr(registry)
    assert "registry:8081" in repr(registry)
