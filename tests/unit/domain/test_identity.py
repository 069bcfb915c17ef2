"""The bytes that identify a content, against GUIDs computed by Confluent's rule."""

import pytest

from registry.domain.identity import guid, identity_bytes
from registry.domain.model import (
    Content,
    Metadata,
    Reference,
    Rule,
    RuleSet,
    SchemaType,
)

RECORD = '{"type":"record","name":"myrecord","fields":[{"name":"f1","type":"string"}]}'


def a_content(text='"string"', **parts):
    return Content(SchemaType.AVRO, text, **parts)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            a_content(), "095d71cf-1255-6b9d-5e33-0ad575b3df5d", id="a primitive"
        ),
        pytest.param(
            a_content(RECORD), "a3d8f88a-9756-7b65-8ee2-5c9472fa6c7d", id="a record"
        ),
        pytest.param(
            a_content(
                RECORD, references=(Reference("otherns.Subrecord", "my_reference", 1),)
            ),
            "7dc7f03f-d71b-9504-c738-47df83f45992",
            id="with a reference",
        ),
        pytest.param(
            a_content(RECORD, metadata=Metadata(properties={"confluent:version": "2"})),
            "906238c2-dc99-599d-9beb-a6affedc5713",
            id="with metadata",
        ),
    ],
)
def test_given_a_published_vector_when_hashed_then_the_guid_is_confluents(
    content, expected
):
    assert str(guid(identity_bytes(content))) == expected


def test_given_maps_in_another_order_when_hashed_then_the_identity_is_equal():
    one = Metadata({"b": ("y", "x"), "a": ("z",)}, {"k": "1", "j": "2"}, ("s", "r"))
    other = Metadata({"a": ("z",), "b": ("x", "y")}, {"j": "2", "k": "1"}, ("r", "s"))

    assert identity_bytes(a_content(metadata=one)) == identity_bytes(
        a_content(metadata=other)
    )


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"metadata": Metadata()}, id="empty metadata is not none"),
        pytest.param({"rule_set": RuleSet()}, id="an empty rule set is not none"),
        pytest.param(
            {"rule_set": RuleSet(domain_rules=(Rule(name="r", disabled=True),))},
            id="a disabled rule",
        ),
        pytest.param({"text": '"bytes"'}, id="another text"),
    ],
)
def test_given_any_other_part_when_hashed_then_the_identity_differs(changed):
    assert identity_bytes(a_content(**changed)) != identity_bytes(a_content())


def test_given_the_same_text_in_two_languages_when_hashed_then_the_guid_is_equal():
    avro = Content(SchemaType.AVRO, '"string"')
    json = Content(SchemaType.JSON, '"string"')

    assert guid(identity_bytes(avro)) == guid(identity_bytes(json))
