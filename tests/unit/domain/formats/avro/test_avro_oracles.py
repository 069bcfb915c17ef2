"""The comparison held against two implementations that are not ours."""

import io
import json
from typing import Any

import avro.compatibility
import avro.schema
import fastavro
import pytest
from avro.compatibility import SchemaCompatibilityResult as Result
from avro.compatibility import SchemaCompatibilityType as Verdict
from hypothesis import assume, event, given, note, reject
from hypothesis import strategies as st

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.avro.gaps import warnings
from registry.domain.formats.avro.nodes import Node
from registry.domain.formats.avro.parse import parse
from registry.domain.formats.avro.rules import (
    AMBIGUOUS_FIELD_ALIAS,
    AMBIGUOUS_UNION_BRANCH,
)
from registry.domain.formats.avro.walk import violations
from tests.strategies.avro import schemas
from tests.strategies.avro_evolution import evolutions, values_of


def parsed(value: Any) -> Node:
    """The type; a change may have made no schema of it, which is not the subject."""
    try:
        return parse(json.dumps(value))
    except InvalidSchemaError:
        reject()


def apache_finds(reader: Any, writer: Any) -> Result:
    checker = avro.compatibility.ReaderWriterCompatibilityChecker()
    return checker.get_compatibility(apaches(reader), apaches(writer))


def apaches(value: Any) -> avro.schema.Schema:
    """The type as Apache's Python has it, which warns of logical types it ignores."""
    text = json.dumps(value).replace('"logicalType"', '"was-logical-type"')
    return avro.schema.parse(text)


@given(evolutions(), st.booleans())
def test_given_two_versions_when_compared_then_apache_agrees(pair, is_turned):
    reader, writer = pair if is_turned else pair[::-1]
    found = violations(parsed(reader), parsed(writer))
    # Apache's Python takes the first field that matches, its Java gives up.
    assume(AMBIGUOUS_FIELD_ALIAS not in {each.rule for each in found})

    expected = apache_finds(reader, writer)

    event("incompatible" if found else "compatible")
    note([each.wire("new", "old") for each in found])
    assert bool(found) == (expected.compatibility is Verdict.incompatible)


@given(evolutions(), st.booleans())
def test_given_two_versions_when_compared_then_the_differences_are_apaches(
    pair, is_turned
):
    reader, writer = pair if is_turned else pair[::-1]
    found = violations(parsed(reader), parsed(writer))
    assume(AMBIGUOUS_FIELD_ALIAS not in {each.rule for each in found})

    expected = [
        each.name.upper() for each in apache_finds(reader, writer).incompatibilities
    ]

    assert [each.rule.confluent_type for each in found] == expected


@given(schemas())
def test_given_any_schema_when_compared_with_itself_then_nothing_is_said(value):
    node = parsed(value)

    assert violations(node, node) == ()
    assert violations(node, parsed(value)) == ()


@given(schemas())
def test_given_any_schema_when_compared_with_itself_then_only_unions_are_warned_of(
    value,
):
    unions = {"AVRO_UNION_FIRST_MATCH", "AVRO_AMBIGUOUS_UNION_BRANCH"}
    # The branch that is then taken is another one, and may differ in anything.
    said = {each.rule.id for each in warnings(parsed(value), parsed(value))}

    assert not said or said & unions


@given(st.data(), evolutions(), st.booleans())
def test_given_no_violation_when_data_is_read_then_fastavro_reads_it(
    data, pair, is_turned
):
    reader, writer = pair if is_turned else pair[::-1]
    reader_node, writer_node = parsed(reader), parsed(writer)
    assume(not violations(reader_node, writer_node))
    hints = {each.rule for each in warnings(reader_node, writer_node)}
    assume(AMBIGUOUS_UNION_BRANCH not in hints)
    value = data.draw(values_of(writer_node))

    written = io.BytesIO()
    fastavro.schemaless_writer(written, fastavros(writer), value)
    written.seek(0)
    fastavro.schemaless_reader(written, fastavros(writer), fastavros(reader))

    assert written.read() == b""


def fastavros(value: Any) -> Any:
    """The type without logical types, which not every value of the bytes fits."""
    text = json.dumps(value).replace('"logicalType"', '"was-logical-type"')
    return fastavro.parse_schema(json.loads(text))


def test_given_bytes_that_are_no_utf8_when_read_as_string_then_fastavro_fails():
    """Why AVRO_BYTES_READ_AS_STRING is there, and why the law writes UTF-8 only."""
    written = io.BytesIO()
    fastavro.schemaless_writer(written, "bytes", b"\xff")
    written.seek(0)

    assert violations(parse('"string"'), parse('"bytes"')) == ()
    with pytest.raises(UnicodeDecodeError):
        fastavro.schemaless_reader(written, "bytes", "string")


def test_given_two_branches_of_one_simple_name_when_read_then_fastavro_may_fail():
    """Why AVRO_AMBIGUOUS_UNION_BRANCH is there, and why the law leaves it out."""
    writer = record("c", "int")
    reader = [record("a", "string"), record("b", "int")]
    written = io.BytesIO()
    fastavro.schemaless_writer(written, fastavros(writer), {"x": 1})
    written.seek(0)

    found = violations(parsed(reader), parsed(writer))

    assert found == ()
    with pytest.raises(fastavro.read.SchemaResolutionError):
        fastavro.schemaless_reader(written, fastavros(writer), fastavros(reader))


def record(namespace: str, kind: str) -> dict[str, Any]:
    fields = [{"name": "x", "type": kind}]
    return {"type": "record", "name": "R", "namespace": namespace, "fields": fields}
