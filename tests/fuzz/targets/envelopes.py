"""Envelopes: any headers and bytes are opened, and what is right can be sent again."""

from wirepact import context, envelope
from wirepact.envelope import AMQP, HTTP, KAFKA, NATS, EnvelopeError

# All of it: a module that were not would hold to the classes of before.
INSTRUMENTED = ("wirepact",)

_BINDINGS = (KAFKA, AMQP, NATS, HTTP)
_END = b"\xff\xfe"


def seeds():
    structured = b'{"specversion":"1.0","id":"1","time":"2026-01-01T00:00:00Z"}'
    parent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    return [
        _END.join([b"\0", b"ce_id", b"1", b"ce_time", b"2026-01-01T00:00:00Z", b"x"]),
        _END.join([b"\2", b"ce-source", b'"a%20b"', b"kafka_correlationId", b"1", b""]),
        _END.join(
            [b"\0", b"content-type", b"application/cloudevents+json", structured]
        ),
        _END.join(
            [b"\1", b"traceparent", parent, b"cloudEvents:dataschema", b"a:", b""]
        ),
    ]


def one(data):
    first, *parts = data.split(_END)
    binding = _BINDINGS[first[0] % len(_BINDINGS) if first else 0]
    payload = parts.pop() if len(parts) % 2 else None
    pairs = zip(parts[::2], parts[1::2], strict=True)
    headers = [(name.decode(errors="replace"), value) for name, value in pairs]
    opened = envelope.read(headers, payload, binding)
    assert all("\n" not in str(fault.reason) for fault in opened.faults)
    with context.handling(opened, "fuzzed") as handling:
        handling.next_id()
        links = context.links()
    _sent_again(opened, links, binding)


def _sent_again(opened, links, binding):
    known = opened.envelope
    values = {name: getattr(known, name) for name in known.__slots__}
    values |= {"correlationid": links.correlationid, "tracestate": links.tracestate}
    try:
        written = envelope.write(type(known)(**values), opened.headers, binding)
    except EnvelopeError:
        return
    again = envelope.read(written, opened.data, binding)
    assert not again.faults, again.faults
    assert again.envelope.id == known.id
