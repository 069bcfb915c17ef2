"""How schemas are printed; other implementations are the judges."""

import json
import warnings

import avro.schema
import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form
from hypothesis import given

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.avro import fingerprints
from registry.domain.formats.avro.canonical import (
    COMPARED,
    NORMALIZED,
    RESOLVED,
    canonical_text,
    parsing_form,
    printed,
)
from registry.domain.formats.avro.parse import parse
from registry.domain.schema import ResolvedReference, Strictness
from tests.strategies.avro import schemas, with_references

# Each: the text, and what Avro's Java prints of it.
STORED = {
    "a primitive": (' "string" ', '"string"'),
    "a primitive in an object": ('{"type": "string"}', '"string"'),
    "reserved attributes of a primitive": (
        '{"type": "string", "doc": "d", "name": "n", "size": 1}',
        '"string"',
    ),
    "a logical type and properties keep their order": (
        '{"z": 1, "logicalType": "date", "type": "int", "a": 2}',
        '{"type":"int","z":1,"logicalType":"date","a":2}',
    ),
    "all of a record": (
        '{"aliases": ["O", "b.P"], "p": {"b": 1, "a": 2}, "fields": [], "doc": "d",'
        ' "namespace": "a", "name": "R", "type": "record", "default": 1}',
        '{"type":"record","name":"R","namespace":"a","doc":"d","fields":[],'
        '"p":{"b":1,"a":2},"default":1,"aliases":["O","b.P"]}',
    ),
    "all of a field": (
        '{"type": "record", "name": "R", "fields": [{"p": 1, "aliases": ["g"],'
        ' "order": "descending", "default": 1, "doc": "", "type": "int",'
        ' "name": "f"}]}',
        '{"type":"record","name":"R","fields":[{"name":"f","type":"int","doc":"",'
        '"default":1,"order":"descending","aliases":["g"],"p":1}]}',
    ),
    "what goes without saying": (
        '{"type": "record", "name": "R", "aliases": [], "fields": [{"name": "f",'
        ' "type": ["null"], "default": null, "order": "ascending", "aliases": []}]}',
        '{"type":"record","name":"R","fields":[{"name":"f","type":["null"],'
        '"default":null}]}',
    ),
    "all of an enum": (
        '{"aliases": ["O"], "p": 1, "default": "A", "symbols": ["B", "A"],'
        ' "doc": "d", "name": "E", "type": "enum"}',
        '{"type":"enum","name":"E","doc":"d","symbols":["B","A"],"default":"A","p":1,'
        '"aliases":["O"]}',
    ),
    "all of a fixed": (
        '{"aliases": ["O"], "p": 1, "size": 2, "doc": "d", "name": "F",'
        ' "type": "fixed"}',
        '{"type":"fixed","name":"F","doc":"d","size":2,"p":1,"aliases":["O"]}',
    ),
    "an array and a map": (
        '{"p": 1, "items": {"values": "int", "type": "map", "q": []}, "type": "array"}',
        '{"type":"array","items":{"type":"map","values":"int","q":[]},"p":1}',
    ),
    "a dotted name": (
        '{"type": "fixed", "name": "a.b.F", "namespace": "c", "size": 1}',
        '{"type":"fixed","name":"F","namespace":"a.b","size":1}',
    ),
    "a namespace again": (
        '{"type": "record", "name": "a.R", "fields": [{"name": "f", "type":'
        ' {"type": "fixed", "name": "F", "namespace": "a", "size": 1}},'
        ' {"name": "g", "type": "a.F"}]}',
        '{"type":"record","name":"R","namespace":"a","fields":[{"name":"f","type":'
        '{"type":"fixed","name":"F","size":1}},{"name":"g","type":"F"}]}',
    ),
    "another namespace, and none": (
        '{"type": "record", "name": "a.R", "fields": [{"name": "f", "type":'
        ' {"type": "fixed", "name": "b.F", "size": 1}}, {"name": "g", "type": "b.F"},'
        ' {"name": "h", "type": {"type": "fixed", "name": "N", "namespace": "",'
        ' "size": 1}}, {"name": "i", "type": "N"}]}',
        '{"type":"record","name":"R","namespace":"a","fields":[{"name":"f","type":'
        '{"type":"fixed","name":"F","namespace":"b","size":1}},{"name":"g","type":'
        '"b.F"},{"name":"h","type":{"type":"fixed","name":"N","namespace":"",'
        '"size":1}},{"name":"i","type":"N"}]}',
    ),
    "a name that is a kind": (
        '{"type": "record", "name": "a.R", "fields": [{"name": "f", "type":'
        ' {"type": "fixed", "name": "map", "size": 1}}, {"name": "g",'
        ' "type": "map"}]}',
        '{"type":"record","name":"R","namespace":"a","fields":[{"name":"f","type":'
        '{"type":"fixed","name":"map","size":1}},{"name":"g","type":"a.map"}]}',
    ),
    "aliases in and out of the namespace": (
        '{"type": "fixed", "name": "a.F", "size": 1, "aliases": ["G", "a.H", "b.I"]}',
        '{"type":"fixed","name":"F","namespace":"a","size":1,'
        '"aliases":["G","H","b.I"]}',
    ),
    "an alias of a type without a namespace": (
        '{"type": "fixed", "name": "F", "size": 1, "aliases": ["G", "b.I"]}',
        '{"type":"fixed","name":"F","size":1,"aliases":["G","b.I"]}',
    ),
    "recursion": (
        '{"type": "error", "name": "R", "fields": [{"name": "f",'
        ' "type": ["null", "R"]}]}',
        '{"type":"error","name":"R","fields":[{"name":"f","type":["null","R"]}]}',
    ),
    "characters": (
        '{"type": "int", "p": "\\u00e9\\u001b\\/\\n\\ud83d\\ude00\\u007f"}',
        '{"type":"int","p":"é\\u001B/\\n😀\x7f"}',
    ),
    "numbers": (
        '{"type": "double", "p": [1, 1.0, 1e10, 1E-5, -0, 12345678901234567890, 0.1]}',
        '{"type":"double","p":[1,1.0,1.0E10,1.0E-5,0,12345678901234567890,0.1]}',
    ),
    "defaults of floating types": (
        '{"type": "record", "name": "R", "fields": ['
        '{"name": "a", "type": "float", "default": 1},'
        '{"name": "b", "type": "double", "default": "2"},'
        '{"name": "c", "type": "double", "default": "NaN"},'
        '{"name": "d", "type": "float", "default": "-1e999"}]}',
        '{"type":"record","name":"R","fields":['
        '{"name":"a","type":"float","default":1},'
        '{"name":"b","type":"double","default":2.0},'
        '{"name":"c","type":"double","default":"NaN"},'
        '{"name":"d","type":"float","default":"-Infinity"}]}',
    ),
}


@pytest.mark.parametrize(("text", "expected"), STORED.values(), ids=STORED.keys())
def test_given_a_text_when_printed_then_as_java_prints_it(text, expected):
    printed_once = canonical_text(parse(text, strictness=Strictness.LENIENT))

    assert printed_once == expected
    assert canonical_text(parse(expected)) == expected


NORMAL = {
    "properties of all levels": (
        '{"type": "record", "name": "R", "z": 1, "a": {"y": [{"d": 1, "c": 2}],'
        ' "x": 0}, "fields": [{"name": "f", "type": "int", "zprop": 1, "aprop": 2}]}',
        '{"type":"record","name":"R","fields":[{"name":"f","type":"int","aprop":2,'
        '"zprop":1}],"a":{"x":0,"y":[{"c":2,"d":1}]},"z":1}',
    ),
    "objects within defaults": (
        '{"type": "record", "name": "R", "fields": [{"name": "f", "type": {"type":'
        ' "map", "values": "int"}, "default": {"b": 1, "a": 2}}]}',
        '{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"map",'
        '"values":"int"},"default":{"a":2,"b":1}}]}',
    ),
    "aliases": (
        '{"type": "record", "name": "a.R", "aliases": ["z.A", "Q", "a.B"], "fields":'
        ' [{"name": "f", "type": "int", "aliases": ["z", "a"]}]}',
        '{"type":"record","name":"R","namespace":"a","fields":[{"name":"f","type":'
        '"int","aliases":["a","z"]}],"aliases":["B","Q","z.A"]}',
    ),
    "fields, symbols and branches keep their order": (
        '["null", {"type": "enum", "name": "E", "symbols": ["B", "A"], "doc": "d"}]',
        '["null",{"type":"enum","name":"E","doc":"d","symbols":["B","A"]}]',
    ),
    "empty documentation of types, not of fields": (
        '{"type": "record", "name": "R", "doc": "", "fields": [{"name": "f",'
        ' "type": "int", "doc": ""}]}',
        '{"type":"record","name":"R","fields":[{"name":"f","type":"int","doc":""}]}',
    ),
    "a logical type comes first": (
        '{"type": "bytes", "connect.name": "x", "scale": 2, "precision": 4,'
        ' "logicalType": "decimal"}',
        '{"type":"bytes","logicalType":"decimal","precision":4,"scale":2,'
        '"connect.name":"x"}',
    ),
    "a scale of nothing is a property": (
        '{"type": "bytes", "zoo": 1, "scale": 0, "precision": 4, "a": 1,'
        ' "logicalType": "decimal"}',
        '{"type":"bytes","logicalType":"decimal","precision":4,"a":1,"scale":0,'
        '"zoo":1}',
    ),
    "a logical type that does not hold is a property": (
        '{"type": "string", "logicalType": "date", "a": 1}',
        '{"type":"string","a":1,"logicalType":"date"}',
    ),
    "a fixed decimal too small is a property": (
        '{"type": "fixed", "name": "F", "size": 1, "logicalType": "decimal",'
        ' "precision": 3, "a": 1}',
        '{"type":"fixed","name":"F","size":1,"a":1,"logicalType":"decimal",'
        '"precision":3}',
    ),
    "a fixed duration": (
        '{"type": "fixed", "name": "F", "size": 12, "a": 1, "logicalType": "duration"}',
        '{"type":"fixed","name":"F","size":12,"logicalType":"duration","a":1}',
    ),
}


@pytest.mark.parametrize(("text", "expected"), NORMAL.values(), ids=NORMAL.keys())
def test_given_a_text_when_normalised_then_what_means_nothing_is_sorted(text, expected):
    assert printed(parse(text), NORMALIZED) == expected


@given(schemas())
def test_given_a_schema_when_printed_then_it_reads_as_itself(value):
    root = parse(json.dumps(value))

    canonical = canonical_text(root)

    assert canonical_text(parse(canonical)) == canonical
    assert parsing_form(parse(canonical)) == parsing_form(root)


@given(schemas())
def test_given_a_schema_when_normalised_then_once_is_enough(value):
    root = parse(json.dumps(value))

    normal = printed(root, NORMALIZED)

    assert canonical_text(parse(normal)) == normal
    assert printed(parse(normal), NORMALIZED) == normal
    assert printed(parse(canonical_text(root)), NORMALIZED) == normal
    assert parsing_form(parse(normal)) == parsing_form(root)


@given(schemas())
def test_given_a_schema_when_fingerprinted_then_fastavro_agrees(value):
    root = parse(json.dumps(value))

    form = parsing_form(root)

    assert form == to_parsing_canonical_form(json.loads(json.dumps(value)))
    assert form == to_parsing_canonical_form(json.loads(canonical_text(root)))
    rabin = fingerprints.crc_64_avro(form).to_bytes(8, "little")
    assert rabin.hex() == fingerprint(form, "CRC-64-AVRO")
    assert fingerprints.sha_256(form).hex() == fingerprint(form, "SHA-256")


@given(schemas())
def test_given_a_schema_when_printed_then_apache_reads_the_same(value):
    text = json.dumps(value)

    canonical = canonical_text(parse(text))

    with warnings.catch_warnings():
        # It warns of logical types that it does not know.
        warnings.simplefilter("ignore")
        read, expected = avro.schema.parse(canonical), avro.schema.parse(text)
    assert read.match(expected)
    assert expected.match(read)


@given(with_references())
def test_given_references_when_printed_then_their_types_are_only_named(drawn):
    references, value = drawn
    closure = [ResolvedReference(name, json.dumps(each)) for name, each in references]
    root = parse(json.dumps(value), closure)

    canonical = canonical_text(root)

    assert canonical_text(parse(canonical, closure)) == canonical
    assert parsing_form(parse(canonical, closure)) == parsing_form(root)


@given(with_references())
def test_given_references_when_written_out_then_the_text_stands_alone(drawn):
    references, value = drawn
    closure = [ResolvedReference(name, json.dumps(each)) for name, each in references]
    root = parse(json.dumps(value), closure)

    resolved = printed(root, RESOLVED)

    assert canonical_text(parse(resolved)) == resolved
    assert parsing_form(parse(resolved)) == parsing_form(root)
    assert printed(parse(resolved), COMPARED) == printed(root, COMPARED)


def test_given_references_that_double_when_written_out_then_each_type_is_once():
    def doubling(name: str, inner: str) -> str:
        fields = [{"name": each, "type": inner} for each in "ab"]
        return json.dumps({"type": "record", "name": name, "fields": fields})

    inner = ["int", *(f"T{i}" for i in range(999))]
    closure = [
        ResolvedReference(f"T{i}", doubling(f"T{i}", each))
        for i, each in enumerate(inner)
    ]

    resolved = printed(parse('"T999"', closure), RESOLVED)

    assert resolved.count('"type":"record"') == 1000


def test_given_a_result_over_the_limit_when_printed_then_it_is_refused():
    root = parse(json.dumps(["null", "int", "string"]))

    assert printed(root, RESOLVED, 23) == '["null","int","string"]'
    with pytest.raises(InvalidSchemaError, match="of at most 22 bytes"):
        printed(root, RESOLVED, 22)
    with pytest.raises(InvalidSchemaError, match="of at most 22 bytes"):
        parsing_form(root, 22)


def test_given_an_error_when_its_parsing_form_is_printed_then_it_is_a_record():
    root = parse('{"type": "error", "name": "a.E", "fields": []}')

    assert parsing_form(root) == '{"name":"a.E","type":"record","fields":[]}'


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        # Source: Avro's shared test vectors, share/test/data/schema-tests.txt.
        ('"null"', 7195948357588979594),
        ('"boolean"', -6970731678124411036),
        ('"int"', 8247732601305521295),
        ('"string"', -8142146995180207161),
    ],
)
def test_given_a_shared_vector_when_fingerprinted_then_it_is_met(form, expected):
    assert fingerprints.crc_64_avro(form) == expected % 2**64
