"""Tags in the text of a schema: found, added and removed, in each language."""

import json
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.schema import ResolvedReference
from registry.domain.tags import Entity, EntityKind, Tagging, carrying
from tests.unit.domain.formats.protobuf.builders import PROTOBUF

AVRO, JSON = AvroFormat(), JsonFormat()
NESTED: dict[str, Any] = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "string", "confluent:tags": ["A"]},
        {
            "name": "lines",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "other.Line",
                    "fields": [{"name": "next", "type": ["null", "other.Line"]}],
                },
            },
        },
    ],
    "confluent:tags": ["B", 1, "B"],
}
OBJECTS = {
    "type": "object",
    "properties": {
        "a.b": {"type": "string", "confluent:tags": ["A"]},
        "lines": {
            "type": "array",
            "items": {"properties": {"sku": {}}, "confluent:tags": ["B"]},
        },
        "all": {"allOf": [{"type": "null"}, {"properties": {"x": True, "y": {}}}]},
        "no": {"not": {"properties": {"z": {"confluent:tags": ["C"]}}}},
        "if": {"if": {"properties": {"i": {}}}, "then": {"properties": {"t": {}}}},
        "or": {"type": ["null", "object"], "properties": {"o": {}}},
    },
    "$defs": {"D.e": {"properties": {"f": {"confluent:tags": ["D"]}}}},
    "confluent:tags": ["E"],
}

PROTO = """\
syntax = "proto3";
package shop;

import "confluent/meta.proto";

message Order {
  option (confluent.message_meta) = {doc: "d", tags: ["A", "B"]};

  message Line {
    string sku = 1;
  }

  string id = 1 [(confluent.field_meta) = {tags: "C"}];
  oneof who {
    string guest = 2 [deprecated = true, (confluent.field_meta) = {tags: "D"}];
  }
  map<string, Line> lines = 3;
}
"""


def field(path):
    return Entity.at(path, EntityKind.FIELD)


def record(path):
    return Entity.at(path, EntityKind.RECORD)


def retagged(form, text, *, add=(), remove=()):
    return form.retagged(form.parse(text), Tagging.of(add, remove))


def tags_of(form, text):
    found = form.inline_tags(form.parse(text))
    return {(each.path, each.kind.value): tags for each, tags in found.items()}


def test_given_records_when_tags_are_read_then_by_full_names():
    assert tags_of(AVRO, json.dumps(NESTED)) == {
        ("shop.Order", "sr_record"): ("B",),
        ("shop.Order.id", "sr_field"): ("A",),
    }


def test_given_records_when_tagged_then_only_that_part_of_the_text_changes():
    text = json.dumps(NESTED)

    changed = retagged(
        AVRO,
        text,
        add=[
            (field("shop.Order.id"), ["A", "Z"]),
            (field(".other.Line.next"), ["N"]),
            (record("other.Line"), ["L"]),
        ],
        remove=[(record("shop.Order"), ["B"])],
    )

    expected = json.loads(text)
    del expected["confluent:tags"]
    expected["fields"][0]["confluent:tags"] = ["A", "Z"]
    line = expected["fields"][1]["type"]["items"]
    line["fields"][0]["confluent:tags"] = ["N"]
    line["confluent:tags"] = ["L"]
    assert json.loads(changed) == expected
    assert AVRO.parse(changed).canonical == AVRO.parse(json.dumps(expected)).canonical


def test_given_a_referenced_record_when_tagged_then_it_is_not_in_this_text():
    other = ResolvedReference("Other", '{"type":"record","name":"Other","fields":[]}')
    schema = AVRO.parse('{"type":"array","items":"Other"}', [other])

    with pytest.raises(InvalidSchemaError):
        AVRO.retagged(schema, Tagging.of([(record("Other"), ["A"])], []))


def test_given_objects_when_tags_are_read_then_by_the_way_that_leads_to_them():
    assert tags_of(JSON, json.dumps(OBJECTS)) == {
        ("object", "sr_record"): ("E",),
        ("object.a.b", "sr_field"): ("A",),
        ("object.lines.array.object", "sr_record"): ("B",),
        ("object.no.not.object.z", "sr_field"): ("C",),
        ("object.$defs.D.e.object.f", "sr_field"): ("D",),
    }


@pytest.mark.parametrize(
    ("entity", "pointer"),
    [
        (record("object"), ""),
        (field("object.a.b"), "/properties/a.b"),
        (
            field("object.lines.array.object.sku"),
            "/properties/lines/items/properties/sku",
        ),
        (record("object.lines.array.object"), "/properties/lines/items"),
        (field("object.all.allof.1.object.y"), "/properties/all/allOf/1/properties/y"),
        (field("object.no.not.object.z"), "/properties/no/not/properties/z"),
        (field("object.or.anyof.1.object.o"), "/properties/or/properties/o"),
        (
            field("object.if.allof.0.conditional.then.object.t"),
            "/properties/if/then/properties/t",
        ),
        (record("object.$defs.D.e.object"), "/$defs/D.e"),
        (field("object.$defs.D.e"), "/$defs/D.e"),
    ],
)
def test_given_objects_when_tagged_then_the_object_at_the_end_of_the_way(
    entity, pointer
):
    text = json.dumps(OBJECTS)

    changed = json.loads(retagged(JSON, text, add=[(entity, ["new"])]))

    expected = json.loads(text)
    target = expected
    for token in pointer.split("/")[1:]:
        target = target[int(token) if isinstance(target, list) else token]
    target.setdefault("confluent:tags", []).append("new")
    assert changed == expected


@pytest.mark.parametrize(
    "entity",
    [
        field("object"),
        field(""),
        field("object.nothing"),
        field("object.lines.object.sku"),
        field("object.all.allof.2.object.y"),
        field("object.all.allof.x.object.y"),
        field("object.all.allof"),
        field("object.all.allof.1.object.x"),
        field("object.all.oneof.0.object.y"),
        field("array.object"),
        record("object.lines.array"),
        field("object.if.allof.0.conditional"),
        field("object.if.allof.0.conditional.nothing.object"),
    ],
)
def test_given_a_way_that_leads_nowhere_when_tagged_then_it_is_refused(entity):
    with pytest.raises(InvalidSchemaError, match="to tag, found none"):
        retagged(JSON, json.dumps(OBJECTS), add=[(entity, ["new"])])


def test_given_one_object_by_two_paths_when_tagged_then_both_count():
    text = '{"properties":{"p":{"type":"object"}}}'
    both = [(field("object.p"), ["A"]), (record("object.p.object"), ["B"])]

    assert json.loads(retagged(JSON, text, add=both)) == {
        "properties": {"p": {"type": "object", "confluent:tags": ["A", "B"]}}
    }


def test_given_messages_when_tags_are_read_then_by_names_without_the_package():
    assert tags_of(PROTOBUF, PROTO) == {
        ("Order", "sr_record"): ("A", "B"),
        ("Order.id", "sr_field"): ("C",),
        ("Order.who.guest", "sr_field"): ("D",),
    }


def test_given_messages_when_tagged_then_their_options_are_the_only_change():
    changed = retagged(
        PROTOBUF,
        PROTO,
        add=[(field(".Order.Line.sku"), ["S"]), (field("shop.Order.id"), ["C", "T"])],
        remove=[(record("Order"), ["A", "B"]), (field("Order.who.guest"), ["D"])],
    )

    expected = (
        PROTO.replace('{doc: "d", tags: ["A", "B"]}', '{doc: "d"}')
        .replace(
            "string sku = 1", 'string sku = 1 [(confluent.field_meta) = {tags: "S"}]'
        )
        .replace('= {tags: "C"}', '= {tags: "C", tags: "T"}')
        .replace(', (confluent.field_meta) = {tags: "D"}', "")
    )
    parsed = [PROTOBUF.parse(text).canonical for text in (changed, expected)]
    assert parsed[0] == parsed[1]


def test_given_a_file_that_does_not_know_tags_when_tagged_then_it_imports_them():
    text = 'syntax = "proto3";\nimport "m.proto";\nmessage A { M f1 = 1; }'
    other = ResolvedReference("m.proto", 'syntax = "proto3"; message M {}')
    schema = PROTOBUF.parse(text, [other])
    tagging = Tagging.of([(field("A.f1"), ["PII"])], [])

    changed = PROTOBUF.retagged(schema, tagging, [other])

    again = PROTOBUF.parse(changed, [other])
    assert list(again.file.dependency) == ["m.proto", "confluent/meta.proto"]
    assert PROTOBUF.inline_tags(again) == {field("A.f1"): ("PII",)}
    gone = PROTOBUF.retagged(again, Tagging.of([], [(field("A.f1"), ["PII"])]), [other])
    assert PROTOBUF.inline_tags(PROTOBUF.parse(gone, [other])) == {}
    assert "field_meta" not in gone


@pytest.mark.parametrize(
    ("form", "text"),
    [(AVRO, json.dumps(NESTED)), (JSON, json.dumps(OBJECTS)), (PROTOBUF, PROTO)],
    ids=["avro", "json", "protobuf"],
)
def test_given_nothing_new_when_tagged_then_the_text_is_the_very_same(form, text):
    tagged = form.inline_tags(form.parse(text))
    there = [*tagged.items()]
    absent = [(entity, ["absent"]) for entity in tagged]

    assert retagged(form, text, add=there, remove=absent) == text
    kept = Tagging(inherited={field("not.there"): ("A",)})
    assert form.retagged(form.parse(text), kept) == text


@pytest.mark.parametrize(
    ("form", "text"),
    [(AVRO, '"string"'), (JSON, "true"), (PROTOBUF, 'syntax = "proto3";')],
    ids=["avro", "json", "protobuf"],
)
def test_given_a_schema_without_parts_when_tagged_then_it_is_refused(form, text):
    assert tags_of(form, text) == {}
    with pytest.raises(InvalidSchemaError):
        retagged(form, text, add=[(field("a.b"), ["A"])])


def test_given_tags_when_some_are_asked_for_then_what_carries_one_of_them():
    tagged = {field("a"): ("A", "B"), field("b"): ("C",)}

    assert carrying(tagged, ["B", "x"]) == {field("a"): ("A", "B")}
    assert carrying(tagged, ["*"]) == tagged
    assert carrying(tagged, []) == {}


def test_given_a_path_of_a_million_names_when_tagged_then_it_is_soon_refused():
    path = "object." + "a." * 1_000_000

    with pytest.raises(InvalidSchemaError) as refused:
        retagged(JSON, json.dumps(OBJECTS), add=[(field(path), ["A"])])

    assert len(str(refused.value)) < 1_000


def test_given_a_name_with_dots_when_tagged_then_the_shortest_that_is_there():
    text = '{"properties":{"a.b":{},"a":{"properties":{"b":{}}}}}'

    changed = retagged(JSON, text, add=[(field("object.a.object.b"), ["A"])])

    assert json.loads(changed)["properties"]["a"]["properties"]["b"] == {
        "confluent:tags": ["A"]
    }
