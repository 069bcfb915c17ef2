"""Events in the JSON format, as others send them: read, whatever is in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirepact import envelope as env
from wirepact.envelope import KAFKA, NATS, Envelope

JSON = "application/cloudevents+json"
# The first example of the JSON format, section 3.2.
EXAMPLE = {
    "specversion": "1.0",
    "type": "com.example.someevent",
    "source": "/mycontext",
    "subject": None,
    "id": "C234-1234-1234",
    "time": "2018-04-05T17:31:00Z",
    "comexampleextension1": "value",
    "comexampleothervalue": 5,
    "comexampleflag": True,
    "datacontenttype": "application/xml",
    "data": '<much wow="xml"/>',
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=8,
)


def opened(data, media_type=JSON, *headers):
    said = data if isinstance(data, bytes) else json.dumps(data).encode()
    return env.read([("content-type", media_type.encode()), *headers], said)


def event(**more):
    return {"specversion": "1.0", "id": "1", "source": "s", "type": "t", **more}


def test_given_the_specifications_example_when_read_then_all_of_it_is_there():
    found = opened(EXAMPLE, f"{JSON}; charset=UTF-8", ("tag", b"\xff"))

    assert found.faults == ()
    assert found.data == b'<much wow="xml"/>'
    assert found.headers == (("tag", b"\xff"),)
    assert found.envelope.extensions == {
        "comexampleextension1": "value",
        "comexampleothervalue": "5",
        "comexampleflag": "true",
    }
    assert found.envelope.datacontenttype == "application/xml"
    assert found.envelope.time.isoformat() == "2018-04-05T17:31:00+00:00"


@pytest.mark.parametrize(
    ("more", "data"),
    [
        ({"data": {"a": [1, "ä"]}}, b'{"a":[1,"\\u00e4"]}'),
        ({"data": "text"}, b'"text"'),
        ({"data": 5, "datacontenttype": "application/vnd.x+json"}, b"5"),
        ({"data": "a,b", "datacontenttype": "text/csv"}, b"a,b"),
        ({"data_base64": "AP8="}, b"\x00\xff"),
        ({"data_base64": ""}, b""),
        ({"data": None}, None),
        ({}, None),
    ],
)
def test_given_data_in_any_form_when_read_then_its_bytes_are_there(more, data):
    found = opened(event(**more))

    assert (found.data, found.faults) == (data, ())


def test_given_bytes_with_a_schema_when_read_then_they_are_as_in_binary_mode():
    framed = b"\x00\x00\x00\x00\x07payload"
    message = Envelope(id="1", source="s", type="t", datacontenttype="application/avro")
    structured = opened(
        event(datacontenttype="application/avro", data_base64="AAAAAAdwYXlsb2Fk")
    )

    binary = env.read(env.write(message), framed)

    assert (structured.envelope, structured.data) == (binary.envelope, binary.data)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"data_base64": "A"}, "data_base64"),
        ({"data_base64": 5}, "data_base64"),
        ({"data": 1, "data_base64": ""}, "data"),
        ({"data": {"a": 1}, "datacontenttype": "text/csv"}, "data"),
        ({"Tenant": "a"}, "'Tenant'"),
        ({"x": [1]}, "'x'"),
        ({"x": 1.5}, "'x'"),
        ({"x": 2**31}, "'x'"),
        ({"x": "\ud800"}, "'x'"),
        ({"time": "soon"}, "time"),
    ],
)
def test_given_something_broken_when_read_then_it_is_told_and_the_rest_is_there(
    more, where
):
    found = opened(event(**more))

    assert found.envelope.id == "1"
    assert [fault.where for fault in found.faults] == [where]


@pytest.mark.parametrize(
    ("data", "media_type", "reason"),
    [
        (b"{", JSON, "no JSON"),
        (b"\xff", JSON, "no JSON"),
        (b"[]", JSON, "no JSON object"),
        (b'{"id": NaN}', JSON, "NaN"),
        (b'{"id":' + b"[" * 100_000, JSON, "too deeply"),
        (b'{"id": ' + b"1" * 5000 + b"}", JSON, "no JSON"),
        (b"x", "application/cloudevents+avro", "is not read"),
        (b"[]", "application/cloudevents-batch+json", "is not read"),
        (b" " * (16 * 1024 * 1024 + 1), JSON, "is longer"),
    ],
    ids=["cut", "bytes", "list", "constant", "deep", "digits", "avro", "batch", "huge"],
)
def test_given_what_is_no_event_when_read_then_it_is_told_and_the_bytes_are_there(
    data, media_type, reason
):
    found = opened(data, media_type)

    assert found.data == data
    assert found.envelope.id == ""
    assert reason in str(found.faults[0])


def test_given_a_tombstone_that_is_said_to_be_an_event_then_it_is_told():
    found = env.read([("content-type", JSON.encode())], None)

    assert found.data is None
    assert "there is none" in str(found.faults[0])


def test_given_copies_in_the_headers_when_read_then_the_event_itself_counts():
    found = opened(event(), JSON, ("ce_id", b"other"))

    assert found.envelope.id == "1"


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "ce-datacontenttype"])
def test_given_nats_when_the_type_is_said_in_either_way_then_it_is_read(name):
    said = json.dumps(event()).encode()

    assert env.read([(name, JSON.encode())], said, NATS).envelope.id == "1"


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=5) | json_values)
def test_given_any_json_when_read_then_it_is_opened(said):
    found = opened(said)

    assert isinstance(found.envelope, Envelope)


@given(st.binary(max_size=40))
def test_given_any_bytes_when_read_then_they_are_opened(data):
    found = env.read([("content-type", JSON.encode())], data, KAFKA)

    assert isinstance(found.envelope, Envelope)
