"""Envelopes as CloudEvents allows them, and headers as anybody may send them."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from wirepact._attributes import RULES, TIMES
from wirepact.envelope import Envelope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_URI_CHARACTERS = _PLAIN + "ABC._~:/?[]@!$&'()*+,;=-"
_SPECIAL = ("specversion", "source", "dataschema", "datacontenttype", "traceparent")

texts = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=30
) | st.sampled_from(["ä ö", "%", '"a"', "\\", "a%20b", "€😀", " ", "%zz", "'"])
names = st.text(_PLAIN, min_size=1, max_size=20).filter(
    lambda name: name not in RULES and name != "data"
)
uri_references = st.text(_URI_CHARACTERS, min_size=1, max_size=30) | st.sampled_from(
    ["urn:orders", "/orders", "#x", "http://a/b?c=%C3%A4#d", "1-555-123-4567"]
)
zones = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
times = st.integers(-(10**17) // 2, 10**17 * 2).flatmap(
    lambda micros: zones.map((_EPOCH + timedelta(microseconds=micros)).astimezone)
)
media_types = st.sampled_from(
    [
        "application/avro",
        "application/json; charset=utf-8",
        'text/plain;charset="utf-8"',
        "application/vnd.orders.v1+json",
    ]
)
traceparents = st.builds(
    "00-{:032x}-{:016x}-{:02x}".format,
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.integers(0, 255),
)
_FIELDS = {
    **{name: st.none() | texts for name in RULES if name not in _SPECIAL},
    **{name: st.none() | times for name in TIMES},
    "id": texts,
    "type": texts,
    "source": uri_references,
    "dataschema": st.none() | uri_references.map(lambda text: f"http:{text}"),
    "datacontenttype": st.none() | media_types,
    "traceparent": st.none() | traceparents,
    "tracestate": st.none() | st.sampled_from(["a=1", "a=1,b=2"]),
    "extensions": st.dictionaries(names, texts, max_size=4),
}
envelopes = st.builds(Envelope, **_FIELDS)

plain_headers = st.lists(
    st.tuples(
        st.sampled_from(["trace", "__value_schema_id", "X-Ä", "", "baggage"]),
        st.none() | st.binary(max_size=20),
    ),
    max_size=6,
)
"""Headers that are no attribute: repeated, without a value, with any bytes."""

_PREFIXES = st.sampled_from(["ce_", "ce-", "CE-", "cloudEvents_", "cloudEvents:", ""])
_KNOWN = st.sampled_from(
    [*RULES, "content-type", "MessageId", "kafka_correlationId", "data", "no name"]
)
any_headers = st.lists(
    st.tuples(
        st.builds("{}{}".format, _PREFIXES, _KNOWN) | st.text(max_size=5),
        st.none()
        | st.binary(max_size=20)
        | st.text(max_size=20).map(lambda text: text.encode(errors="replace"))
        | st.sampled_from([b"1.0", b"application/cloudevents+json", b"%C3%A4", b'"a']),
    ),
    max_size=8,
)
