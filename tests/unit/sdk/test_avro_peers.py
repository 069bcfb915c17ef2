"""What the SDK writes and reads, held against fastavro, over any schemas."""

import json
from contextlib import suppress
from io import BytesIO

import fastavro
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.strategies.avro import schemas
from tests.strategies.avro_evolution import evolutions
from tests.strategies.avro_values import values_of
from wirepact.codecs.avro import AvroLanguage
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.errors import DecodeError
from wirepact.schemas import Schema

LANGUAGE = AvroLanguage(Limits())
MANY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def resolved(schema):
    return ResolvedSchema(Schema(json.dumps(schema)))


def written(schema, value):
    return LANGUAGE.writer(resolved(schema), None, type(value)).encode(value)


def read(schema, payload, reader=None):
    of = None if reader is None else resolved(reader)
    return LANGUAGE.reader(resolved(schema), of, None).decode(payload, 0, ())


def written_by_peer(schema, value):
    """Return what fastavro writes; None where it errs.

    In a union it takes `bytes` for an array, trips over a text where a date is a
    branch before the one that fits, and writes any text as a UUID.
    """
    out = BytesIO()
    try:
        fastavro.schemaless_writer(out, schema, value)
        return out.getvalue() if read(schema, out.getvalue()) == value else None
    except (ValueError, DecodeError):
        return None


def is_bare_bytes(schema):
    """Say whether it is written without the length that fastavro puts before it."""
    return "bytes" in (schema, isinstance(schema, dict) and schema["type"])


def has_end(schema):
    try:
        LANGUAGE.record_name(resolved(schema))
    except DecodeError:
        return False
    return True


@MANY
@given(st.data())
def test_what_is_written_is_byte_for_byte_what_fastavro_writes(data):
    schema = data.draw(schemas().filter(has_end))
    value = data.draw(values_of(schema))
    assume(not is_bare_bytes(schema))
    theirs = written_by_peer(schema, value)
    assume(theirs is not None)

    assert written(schema, value) == theirs


@MANY
@given(st.data())
def test_what_was_written_is_read_as_it_was(data):
    schema = data.draw(schemas().filter(has_end))
    value = data.draw(values_of(schema))

    assert read(schema, written(schema, value)) == value


@MANY
@given(st.data())
def test_bytes_that_were_damaged_are_a_value_or_an_error_of_decoding(data):
    schema = data.draw(schemas().filter(has_end))
    payload = bytearray(written(schema, data.draw(values_of(schema))))
    at = data.draw(st.integers(0, len(payload)))
    payload[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))

    with suppress(DecodeError):
        read(schema, bytes(payload))


def unpaired(value):
    """Take the names of records away: fastavro gives them by the writer's unions."""
    if isinstance(value, tuple):
        return unpaired(value[1])
    if isinstance(value, list):
        return [unpaired(each) for each in value]
    if isinstance(value, dict):
        return {key: unpaired(each) for key, each in value.items()}
    return value


def bare(schema):
    """Take logical types away: fastavro makes them by the writer's schema only."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: bare(each) if key in {"type", "items", "values", "fields"} else each
        for key, each in schema.items()
        if key != "logicalType"
    }


def read_by_peer(payload, schema, reader):
    """Return what fastavro reads in a list; an empty one where it refuses."""
    try:
        return [fastavro.schemaless_reader(BytesIO(payload), schema, reader)]
    except (fastavro.read.SchemaResolutionError, ValueError, TypeError, KeyError):
        return []


@MANY
@given(st.data())
def test_with_another_schema_what_fastavro_reads_is_read_alike(data):
    schema, reader = map(bare, data.draw(evolutions()))
    assume(has_end(schema) and has_end(reader))
    # A field of a new name has its default, which fastavro gives as it is spelled.
    assume("_renamed" not in json.dumps(reader))
    value = data.draw(values_of(schema))
    assume(not is_bare_bytes(schema))
    payload = written(schema, value)
    theirs = read_by_peer(payload, schema, reader)

    try:
        ours = [unpaired(read(schema, payload, reader))]
    except DecodeError:
        ours = []

    assert not ours or not theirs or ours == theirs
    if reader == schema:
        assert ours == [unpaired(value)]
