"""Laws of tags: all that is listed can be changed, and changed back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from registry.domain.formats.avro.format import AvroFormat
from registry.domain.formats.avro.nodes import Node, Record, children
from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.protobuf.tags import META
from registry.domain.schema import Strictness
from registry.domain.tags import KEYWORD, Entity, EntityKind, Tagging
from tests.strategies import avro, json_schema
from tests.strategies.protobuf import REFERENCES, protobuf_texts
from tests.unit.domain.formats.protobuf.builders import PROTOBUF

AVRO, JSON = AvroFormat(), JsonFormat()
DRAFTS = ("draft-07", "2020-12")
FEWER = settings(max_examples=40)
FEWEST = settings(max_examples=10)


def _entities(root: Node) -> Iterator[Entity]:
    seen: set[Node] = set()
    left = [root]
    while left:
        node = left.pop()
        if node in seen:
            continue
        seen.add(node)
        left += children(node)
        if isinstance(node, Record):
            yield Entity(node.full_name, EntityKind.RECORD)
            for each in node.fields:
                yield Entity(f"{node.full_name}.{each.name}", EntityKind.FIELD)


def _parsed_json(text: str) -> JsonSchema:
    return JSON.parse(text, strictness=Strictness.LENIENT)


def _lines(text: str) -> list[str]:
    return [each for each in text.splitlines() if each and META not in each]


@FEWER
@given(schema=avro.records())
def test_given_avro_when_all_is_tagged_then_all_is_listed_and_comes_off_again(
    schema: Any,
):
    text = json.dumps(schema)
    assume(KEYWORD not in text)
    before = AVRO.parse(text)
    entities = dict.fromkeys(_entities(before.root), ("A", "B"))

    tagged = AVRO.parse(AVRO.retagged(before, Tagging(add=entities)))
    after = AVRO.parse(AVRO.retagged(tagged, Tagging(remove=entities)))

    assert AVRO.inline_tags(tagged) == entities
    assert after.canonical == before.canonical


@pytest.mark.parametrize("draft", DRAFTS)
@FEWER
@given(data=st.data())
def test_given_json_when_all_is_tagged_then_what_is_listed_comes_off_and_on_again(
    draft: str, data: st.DataObject
):
    text = json.dumps(data.draw(json_schema.schemas(draft)))
    before = _parsed_json(text)
    for each in before.resolver.root().all_schemas():
        if isinstance(each.value, dict):
            each.value[KEYWORD] = ["A"]
    tagged = _parsed_json(json.dumps(before.document.root))
    listed = JSON.inline_tags(tagged)

    bare = _parsed_json(JSON.retagged(tagged, Tagging(remove=listed)))
    again = _parsed_json(JSON.retagged(bare, Tagging(add=listed)))

    assert JSON.inline_tags(bare) == {}
    assert JSON.inline_tags(again) == listed


@FEWEST
@given(text=protobuf_texts())
def test_given_protobuf_when_a_message_is_tagged_then_nothing_else_changes(text: str):
    before = PROTOBUF.parse(text, REFERENCES)
    entities = {
        Entity(each.name, EntityKind.RECORD): ("A",)
        for each in before.file.message_type
    }

    tagged = PROTOBUF.parse(
        PROTOBUF.retagged(before, Tagging(add=entities), REFERENCES), REFERENCES
    )
    removed = PROTOBUF.retagged(tagged, Tagging(remove=entities), REFERENCES)

    assert PROTOBUF.inline_tags(tagged) == entities
    after = PROTOBUF.parse(removed, REFERENCES)
    assert _lines(after.canonical) == _lines(before.canonical)
