"""The envelope: what is written is read, and what others send never stops a reader."""

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import envelopes as strategies
from wirepact import envelope as env
from wirepact.envelope import AMQP, HTTP, KAFKA, NATS, Envelope, EnvelopeError, Fault

BINDINGS = {"kafka": KAFKA, "amqp": AMQP, "nats": NATS, "http": HTTP}
every_binding = pytest.mark.parametrize("binding", BINDINGS.values(), ids=BINDINGS)
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LEAST = Envelope(id="m-1", source="urn:orders", type="orders.OrderCreated")
FULL = Envelope(
    id="m-1",
    source="urn:orders",
    type="orders.OrderCreated",
    time=datetime(2026, 1, 2, 3, 4, 5, 678, UTC),
    subject="o-1",
    dataschema="http://registry:8081/schemas/ids/7",
    datacontenttype="application/avro",
    correlationid="c-1",
    causationid="m-0",
    traceparent=PARENT,
    tracestate="a=1",
    partitionkey="k",
    sequence="7",
    recordedtime=datetime(2026, 1, 2, tzinfo=UTC),
    extensions={"tenant": "ä b"},
)


def less(message, **more):
    values = {name: getattr(message, name) for name in message.__slots__}
    return Envelope(**{**values, **more})


def opened(*headers, data=b"payload", binding=KAFKA):
    return env.read(headers, data, binding)


@every_binding
@given(strategies.envelopes, strategies.plain_headers, st.none() | st.binary())
def test_given_an_envelope_when_written_and_read_then_it_is_the_same(
    binding, message, headers, data
):
    written = env.write(message, headers, binding)

    found = env.read(written, data, binding)

    assert found.envelope == message
    assert found.faults == ()
    assert found.data == data
    assert list(found.headers[len(found.headers) - len(headers) :]) == headers


@every_binding
@given(strategies.envelopes)
def test_given_an_envelope_when_forwarded_twice_then_nothing_grows(binding, message):
    once = env.write(message, (), binding)

    found = env.read(once, b"", binding)

    again = env.write(found.envelope, found.headers, binding)
    assert sorted(again) == sorted(once)


@every_binding
@given(strategies.any_headers, st.none() | st.binary(max_size=30))
def test_given_anything_when_read_then_it_is_opened(binding, headers, data):
    found = env.read(headers, data, binding)

    kept = iter(headers)
    assert all(each in kept for each in found.headers)
    assert all(fault.where is not None and fault.reason for fault in found.faults)


@given(strategies.envelopes, st.sampled_from([KAFKA, AMQP]))
def test_given_no_escapes_when_written_then_values_are_utf_8(message, binding):
    values = dict(env.write(message, (), binding))

    assert values[f"{binding.prefix}id"].decode() == message.id


@given(strategies.envelopes, st.sampled_from([NATS, HTTP]))
def test_given_escapes_when_written_then_values_are_printable_ascii(message, binding):
    for name, value in env.write(message, (), binding):
        if name != "tracestate":
            assert all(0x21 <= byte <= 0x7E and byte != ord('"') for byte in value)


@pytest.mark.parametrize(
    ("binding", "names"),
    [
        (KAFKA, ("ce_specversion", "ce_id", "ce_time", "content-type", "ce_tenant")),
        (
            AMQP,
            (
                "cloudEvents_specversion",
                "cloudEvents_id",
                "cloudEvents_time",
                "content-type",
                "cloudEvents_tenant",
            ),
        ),
        (
            NATS,
            ("ce-specversion", "ce-id", "ce-time", "ce-datacontenttype", "ce-tenant"),
        ),
        (HTTP, ("ce-specversion", "ce-id", "ce-time", "content-type", "ce-tenant")),
    ],
)
def test_each_broker_has_its_names(binding, names):
    written = dict(env.write(FULL, (), binding))

    assert [each for each in written if each in names] == list(names)
    assert written[names[2]] == b"2026-01-02T03:04:05.000678Z"
    assert written["traceparent"] == PARENT.encode()


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        # From the HTTP binding, section 3.1.3.2.
        ("Euro € \U0001f600", b"Euro%20%E2%82%AC%20%F0%9F%98%80"),
        ('a"b%', b"a%22b%25"),
        ("plain/~!", b"plain/~!"),
    ],
)
def test_what_is_not_printable_ascii_is_escaped_as_the_http_binding_says(text, escaped):
    message = less(LEAST, subject=text)

    assert dict(env.write(message, (), HTTP))["ce-subject"] == escaped
    assert dict(env.write(message, (), NATS))["ce-subject"] == escaped
    assert dict(env.write(message, (), KAFKA))["ce_subject"] == text.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b'"Euro \xe2\x82\xac"', "Euro €"),
        (b'"a\\"b\\\\c"', 'a"b\\c'),
        (b"Euro%20%e2%82%ac", "Euro €"),
        (b'"', '"'),
        (b"%zz", "%zz"),
    ],
)
def test_given_values_as_others_escape_them_when_read_then_they_are_understood(
    value, text
):
    found = opened(("CE-Subject", value), binding=HTTP)

    assert found.envelope.subject == text


def test_given_amqp_with_a_colon_when_read_then_it_is_the_same():
    written = env.write(FULL, (), AMQP)
    colons = [(name.replace("Events_", "Events:"), value) for name, value in written]

    assert env.read(colons, b"", AMQP).envelope == FULL


@pytest.mark.parametrize("binding", [NATS, HTTP])
def test_given_names_in_any_case_when_read_then_they_are_the_same(binding):
    written = env.write(FULL, (), binding)
    shouted = [(name.upper(), value) for name, value in written]

    assert env.read(shouted, b"", binding).envelope == less(FULL)


def test_given_a_guid_header_and_repeated_ones_then_they_come_through_untouched():
    given = [
        ("__value_schema_id", b"\x01\xff\xfe\x00"),
        ("tag", b"a"),
        ("tag", None),
        ("tag", b"a"),
    ]

    found = env.read(env.write(LEAST, given), None)

    assert list(found.headers) == given
    assert found.data is None


@pytest.mark.parametrize(
    ("attribute", "value", "reason"),
    [
        ("id", "", "is empty"),
        ("id", 7, "is a int"),
        ("subject", ["o-1"], "is a list"),
        ("type", "a\nb", r"holds the character U\+000A"),
        ("type", "\x7f", "holds the character"),
        ("subject", "\ud800", r"U\+D800"),
        ("subject", "\ufffe", r"U\+FFFE"),
        ("subject", "\U0010ffff", r"U\+10FFFF"),
        ("subject", "", "is empty"),
        ("subject", "ä" * 4097, "longer than 8192 bytes"),
        ("source", "my service", "no URI reference"),
        ("source", "a#b#c", "no URI reference"),
        ("source", "100%", "no URI reference"),
        ("source", "x" * 5000 + "\u00e9", "no URI reference"),
        ("dataschema", "/schemas/7", "no URI with a scheme"),
        ("datacontenttype", "avro", "no media type"),
        ("datacontenttype", "a/b;c", "no media type"),
        ("specversion", "0.3", r"is not 1\.0"),
        ("time", datetime(2026, 1, 1), "no time zone"),  # noqa: DTZ001 - that is it
        ("time", "2026-01-01T00:00:00Z", "is a str"),
        ("time", datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), "RFC 3339"),
        ("traceparent", "00-0-0-01", "names no trace"),
        ("tracestate", "ä", "no state of a trace"),
        ("extensions", {"Tenant": "a"}, "lower-case"),
        ("extensions", {"a_b": "a"}, "lower-case"),
        ("extensions", {"": "a"}, "lower-case"),
        ("extensions", {"x" * 21: "a"}, "1 to 20"),
        ("extensions", {"data": "a"}, "no extension"),
        ("extensions", {"subject": "a"}, "no extension"),
        ("extensions", {"tenant": ""}, "is empty"),
        ("extensions", {"tenant": None}, "NoneType"),
        ("extensions", {f"e{n}": "x" * 8000 for n in range(9)}, "bytes large"),
    ],
)
def test_given_what_cloudevents_forbids_when_written_then_it_is_refused(
    attribute, value, reason
):
    with pytest.raises(EnvelopeError, match=reason) as refused:
        env.write(less(LEAST, **{attribute: value}))

    assert refused.value.attribute
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)  # noqa: S301 - made here
    assert str(copy.copy(refused.value)) == str(refused.value)


@pytest.mark.parametrize("name", ["ce_id", "ce_other", "content-type", "Content-Type"])
def test_given_a_header_of_the_envelopes_when_written_beside_it_then_it_is_refused(
    name,
):
    with pytest.raises(EnvelopeError, match="beside the envelope"):
        env.write(LEAST, [(name, b"x")])


def test_given_a_hops_trace_when_written_then_the_envelopes_is_not_put_over_it():
    hop = ("TraceParent", b"00-1")

    written = env.write(FULL, [hop])

    assert [each for each in written if each[0].lower() == "traceparent"] == [hop]
    assert not [each for each in written if each[0] == "tracestate"]


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (("ce_time", b"yesterday"), "is no time as in RFC 3339"),
        (("ce_time", b"2016-12-31T23:59:60Z"), "is no time as in RFC 3339"),
        (("ce_time", "٢٠٢٦-01-01T00:00:00Z".encode()), "is no time as in RFC 3339"),
        (("ce_time", b"0001-01-01T00:00:00+01:00"), "is no time as in RFC 3339"),
        (("ce_subject", b"\xff\xfe"), "is not UTF-8: ff fe"),
        (("ce_subject", None), "is empty"),
        (("ce_subject", b""), "is empty"),
        (("ce_traceparent", b"x"), "names no trace"),
        (("content-type", b"\xff/x"), "is not UTF-8"),
    ],
)
def test_given_something_broken_when_read_then_it_is_told_and_the_rest_is_there(
    header, fault
):
    found = env.read([*env.write(LEAST), header], b"payload")

    assert found.envelope == LEAST
    assert fault in str(found.faults[0])
    assert len(found.faults) == 1


@pytest.mark.parametrize(
    ("header", "attribute", "value"),
    [
        (("ce_source", b"my service"), "source", "my service"),
        (("ce_dataschema", b"/schemas/7"), "dataschema", "/schemas/7"),
        (("ce_specversion", b"0.3"), "specversion", "0.3"),
        (("ce_id", b"a\nb"), "id", "a\nb"),
        (("content-type", b"avro"), "datacontenttype", "avro"),
    ],
)
def test_given_a_text_that_is_not_allowed_when_read_then_it_is_told_and_still_there(
    header, attribute, value
):
    others = [each for each in env.write(LEAST) if each[0] != header[0]]

    found = env.read([*others, header], b"payload")

    assert getattr(found.envelope, attribute) == value
    assert [fault.where for fault in found.faults] == [attribute]


def test_given_a_fault_when_shown_then_it_is_short_and_one_line():
    found = opened(("ce_id", b"\n" * 500))

    shown = str(found.faults[0])
    assert "\n" not in shown
    assert len(shown) < 400


def test_given_missing_attributes_when_read_then_each_is_told():
    found = opened(("ce_id", b"m-1"))

    assert (found.envelope.id, found.envelope.type) == ("m-1", "")
    assert found.faults == tuple(
        Fault(name, "is missing") for name in ("specversion", "source", "type")
    )


def test_given_an_attribute_twice_when_read_then_the_last_counts_and_it_is_told():
    same = env.read([*env.write(LEAST), ("ce_id", b"m-1")], b"")
    other = env.read([*env.write(LEAST), ("ce_id", b"m-2")], b"")

    assert same.faults == ()
    assert other.envelope.id == "m-2"
    assert "twice" in str(other.faults[0])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2018-04-05T17:31:00Z", datetime(2018, 4, 5, 17, 31, tzinfo=UTC)),
        ("2018-04-05t17:31:00z", datetime(2018, 4, 5, 17, 31, tzinfo=UTC)),
        ("2018-04-05T17:31:00+02:00", datetime(2018, 4, 5, 15, 31, tzinfo=UTC)),
        (
            "2018-04-05T17:31:00.123456789Z",
            datetime(2018, 4, 5, 17, 31, 0, 123456, UTC),
        ),
        ("2018-04-05T17:31:00.5Z", datetime(2018, 4, 5, 17, 31, 0, 500000, UTC)),
    ],
)
def test_given_a_time_as_others_write_it_when_read_then_it_is_that_moment(text, moment):
    found = opened(("ce_time", text.encode()))

    assert found.envelope.time == moment


def test_given_a_message_without_attributes_when_read_then_nothing_is_wrong_with_it():
    found = opened(("content-type", b"application/json"), ("tag", b"a"))

    assert found.envelope == Envelope(
        id="", source="", type="", specversion="", datacontenttype="application/json"
    )
    assert found.faults == ()
    assert found.headers == (("tag", b"a"),)


@pytest.mark.parametrize(
    ("headers", "ids"),
    [
        (
            [
                ("NServiceBus.ConversationId", b"c-2"),
                ("NServiceBus.CorrelationId", b"c-1"),
                ("NServiceBus.MessageId", b"m-1"),
                ("NServiceBus.RelatedTo", b"m-0"),
            ],
            ("m-1", "c-1", "m-0"),
        ),
        (
            [
                ("MessageId", b"m-1"),
                ("ConversationId", b"c-1"),
                ("MT-InitiatorId", b"m-0"),
            ],
            ("m-1", "c-1", "m-0"),
        ),
        ([("kafka_correlationId", b"c-1")], ("", "c-1", None)),
        (
            [("kafka_correlationId", bytes(range(16)))],
            ("", "00010203-0405-0607-0809-0a0b0c0d0e0f", None),
        ),
        ([("message_id", b"m-1"), ("correlation_id", b"c-1")], ("m-1", "c-1", None)),
        ([("message-id", b"m-1"), ("correlation-id", b"c-1")], ("m-1", "c-1", None)),
        ([("Nats-Msg-Id", b"m-1")], ("m-1", None, None)),
        ([("message_id", b"\xff"), ("message-id", b"m-1")], ("m-1", None, None)),
        ([("message_id", None), ("message-id", b"")], ("", None, None)),
    ],
    ids=[
        "NServiceBus",
        "MassTransit",
        "Spring",
        "Spring's bytes",
        "FastStream",
        "AMQP",
        "NATS",
        "broken",
        "empty",
    ],
)
def test_given_ids_of_another_system_when_read_then_they_are_understood(headers, ids):
    found = opened(*headers)

    message = found.envelope
    assert (message.id, message.correlationid, message.causationid) == ids
    assert found.headers == tuple(headers)
    assert found.faults == ()


def test_given_attributes_and_ids_of_another_system_then_the_attributes_count():
    found = env.read(
        [*env.write(FULL), ("MessageId", b"x"), ("correlation_id", b"y")], b""
    )

    assert found.envelope == FULL


def test_an_address_that_cannot_be_one_is_refused_without_trying_all_splits():
    hostile = "a" * 8000 + "\u00e9"

    with pytest.raises(EnvelopeError):
        env.write(less(LEAST, source=hostile, dataschema=f"http:{hostile}"))
