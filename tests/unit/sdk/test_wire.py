"""The framings: all written, all read, byte for byte those of Confluent's client."""

import io
from uuid import UUID

import pytest
from confluent_kafka.schema_registry import (
    dual_schema_id_deserializer,
    header_schema_id_serializer,
    prefix_schema_id_serializer,
)
from confluent_kafka.schema_registry.common.serde import SchemaId
from confluent_kafka.serialization import MessageField, SerializationContext
from hypothesis import given
from hypothesis import strategies as st

from wirepact import wire
from wirepact.errors import EncodeError, FramingError
from wirepact.subjects import Role

GUID = UUID("ae0b2e64-33d5-3689-0cdb-9814614e3463")
ids = st.integers(1, 2**31 - 1)
payloads = st.binary(max_size=40)
paths = st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=6).map(tuple)
indexes = st.none() | st.just((0,)) | paths
FIELD = {Role.KEY: MessageField.KEY, Role.VALUE: MessageField.VALUE}


def theirs(path, schema_id=None, guid=None):
    kind = "AVRO" if path is None else "PROTOBUF"
    listed = None if path is None else list(path)
    return SchemaId(kind, schema_id, None if guid is None else str(guid), listed)


def opened(frame, path):
    if path is None:
        return None, wire.without_indexes(frame)
    return wire.split_indexes(frame)


@given(ids, indexes, payloads)
def test_given_an_id_when_framed_then_it_is_confluents_prefix(schema_id, path, payload):
    ours = wire.frame_with_id(schema_id, payload, path)

    assert ours == prefix_schema_id_serializer(
        payload, None, theirs(path, schema_id=schema_id)
    )


@given(st.uuids(), indexes, payloads, st.sampled_from(Role))
def test_given_a_guid_when_put_into_a_header_then_it_is_confluents(
    guid, path, payload, role
):
    ctx = SerializationContext("orders", FIELD[role], headers=[])

    bare = header_schema_id_serializer(payload, ctx, theirs(path, guid=guid))

    assert bare == payload
    assert ctx.headers == [wire.header(guid, path, role=role)]


@given(ids | st.uuids(), indexes, payloads)
def test_what_is_framed_is_read_by_us_and_by_confluents_client(named, path, payload):
    frame = wire.frame_with_guid if isinstance(named, UUID) else wire.frame_with_id
    data = frame(named, payload, path)

    read_path, read = opened(wire.read(data), path)
    their = theirs(path)
    their_payload = dual_schema_id_deserializer(data, None, their).read()

    assert (read.schema, read_path, bytes(read.payload)) == (named, path, payload)
    assert named in (their.id, their.guid)
    assert their_payload == payload
    assert read_path is None or list(read_path) == their.message_indexes


@given(st.uuids(), indexes, payloads, st.sampled_from(Role))
def test_what_is_named_by_a_header_is_read_with_its_bare_payload(
    guid, path, payload, role
):
    headers = [("trace", None), wire.header(guid, path, role=role)]

    read_path, read = opened(wire.read(payload, headers, role=role), path)

    assert (read.schema, read_path, bytes(read.payload)) == (guid, path, payload)


@given(st.binary(max_size=30), st.booleans())
def test_given_any_bytes_when_read_then_a_frame_or_a_framing_error(data, has_indexes):
    try:
        frame = wire.read(data)
        opened(frame, (0,) if has_indexes else None)
    except FramingError:
        return
    assert data[0] in (0, 1)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\1\0"])
def test_given_a_payload_of_hardly_any_bytes_when_read_then_it_is_there(payload):
    prefixed = wire.read(wire.frame_with_id(7, payload))
    in_header = wire.read(payload, [wire.header(GUID)])

    assert bytes(prefixed.payload) == bytes(in_header.payload) == payload


def test_given_none_when_read_then_it_is_a_tombstone_whatever_the_headers_say():
    assert wire.read(None) is None
    assert wire.read(None, [wire.header(GUID)]) is None


@pytest.mark.parametrize(
    ("path", "written"),
    [((0,), "00"), ((1,), "02 02"), ((0, 2), "04 00 04"), ((200,), "02 90 03")],
)
def test_message_indexes_are_zigzag_varints_after_their_count(path, written):
    assert wire.id_prefix(1, path)[5:] == bytes.fromhex(written)


@pytest.mark.parametrize("written", ["00", "02 00", "80 00"])
def test_every_way_to_write_the_first_message_is_read_as_it(written):
    data = bytes.fromhex(written)

    assert wire.read_indexes(data, 0) == ((0,), len(data))


@pytest.mark.parametrize(
    "written",
    ["", "02", "80", "01", "80 80 80 80 80 00", "02 01", "ff ff ff 7f", "04 00"],
)
def test_given_indexes_that_are_no_path_when_read_then_it_is_refused(written):
    with pytest.raises(FramingError):
        wire.read_indexes(bytes.fromhex(written), 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\0\0\0\1",
        b"\0\0\0\0\0",
        b"\0\x80\0\0\0",
        b"\1" + bytes(15),
        b"\2\0\0\0\1",
        b"{}",
    ],
)
def test_given_bytes_that_name_no_schema_when_read_then_it_is_refused(data):
    with pytest.raises(FramingError):
        wire.read(data)


@pytest.mark.parametrize("name", [0, -1, 2**31])
def test_given_a_number_that_is_no_id_when_framed_then_it_is_refused(name):
    with pytest.raises(EncodeError):
        wire.frame_with_id(name, b"")


@pytest.mark.parametrize("path", [(), (-1,), (0, 2**31)])
def test_given_a_path_that_is_none_when_framed_then_it_is_refused(path):
    with pytest.raises(EncodeError):
        wire.id_prefix(1, path)


def test_given_bytes_after_the_schema_in_the_header_when_read_then_it_is_refused():
    name, value = wire.header(GUID)
    frame = wire.read(b"payload", [(name, value + b"\0\0")])

    with pytest.raises(FramingError, match="2 bytes too many"):
        wire.without_indexes(frame)
    with pytest.raises(FramingError, match="1 bytes too many"):
        wire.split_indexes(frame)


def test_given_a_header_twice_when_read_then_the_last_one_counts():
    other = UUID(int=1)

    frame = wire.read(b"", [wire.header(other), ("x", b""), wire.header(GUID)])

    assert frame.schema == GUID


def test_given_a_header_of_the_key_when_the_value_is_read_then_the_prefix_counts():
    headers = [wire.header(GUID, role=Role.KEY)]

    assert wire.read(wire.frame_with_id(3, b"x"), headers).schema == 3
    assert wire.read(b"x", headers, role=Role.KEY).schema == GUID


def test_given_a_header_without_a_value_when_read_then_the_prefix_counts():
    headers = [(wire.HEADERS[Role.VALUE], None)]

    assert wire.read(wire.frame_with_id(3, b"x"), headers).schema == 3


def test_given_headers_as_a_mapping_when_read_then_they_count_as_well():
    assert wire.read(b"", dict([wire.header(GUID)])).schema == GUID


def test_a_payload_is_not_copied_out_of_its_message():
    data = wire.frame_with_id(1, b"payload")

    assert wire.read(data).payload.obj is data


def test_confluents_reader_and_ours_agree_on_the_size_of_a_path():
    data = b"\xc2\x9a\x0c" + bytes(100_011)  # one more than the most

    with pytest.raises(FramingError):
        wire.read_indexes(data, 0)
    with pytest.raises(Exception, match="array length"):
        SchemaId._read_index_array(io.BytesIO(data))
