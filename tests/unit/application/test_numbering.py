"""Which number a version gets, what it takes the place of, and what is told of it."""

import json
from uuid import UUID

import pytest

from registry.application.parsing import Parsing
from registry.application.plans import (
    Plan,
    Request,
    is_stamped,
    next_number,
    next_version,
    stamped,
)
from registry.application.ports import Ports
from registry.application.stored import (
    AuditEntry,
    NewVersion,
    Origin,
    Policy,
    Revision,
)
from registry.application.submission import Submission
from registry.domain import identity
from registry.domain.errors import InvalidSchemaError
from registry.domain.limits import Limits
from registry.domain.model import (
    LATEST,
    Content,
    Metadata,
    SchemaId,
    SchemaType,
    SchemaVersion,
    StoredContent,
    Subject,
    Version,
)

ORDERS = Subject("orders", ".eu")
SAME = Content(SchemaType.AVRO, '"string"')
OTHER = Content(SchemaType.AVRO, '"int"')
BY_ANN = Origin("ann", "r-1")
NOW_MS = 1_234


def a_version(number, content=SAME, *, is_deleted=False):
    stored = StoredContent(content, SchemaId(9), UUID(int=9))
    return SchemaVersion(ORDERS, Version(number), stored, 5, is_deleted=is_deleted)


def a_request(version=0):
    nothing = None
    parsing = Parsing({}, Limits(), cache_bytes=0)
    ports = Ports(nothing, parsing, lambda: NOW_MS)
    return Request(ports, ORDERS, Submission(None, version=version))


def a_plan(schema_id=None):
    new = next_version(a_request(), SAME, [a_version(6, OTHER)])
    return Plan(new, Policy(Revision(1, 2), (), ()), schema_id)


@pytest.mark.parametrize(
    ("history", "number"),
    [
        ([], 1),
        ([a_version(1)], 2),
        ([a_version(3), a_version(7)], 8),
        ([a_version(7, is_deleted=True)], 8),
    ],
)
def test_given_a_history_when_a_version_follows_then_its_number_is_one_more_than_all(
    history, number
):
    assert next_number(history) == number


def test_given_a_content_when_it_follows_then_all_of_it_is_to_be_written():
    found = next_version(a_request(), SAME, [a_version(6, OTHER)])

    written = identity.identity_bytes(SAME)
    assert found == NewVersion(ORDERS, Version(7), SAME, written, NOW_MS, ())


@pytest.mark.parametrize("asked", [0, LATEST, 7])
def test_given_a_number_that_is_the_next_when_asked_for_then_it_is_given(asked):
    found = next_version(a_request(asked), SAME, [a_version(6, OTHER)])

    assert found.version == 7


@pytest.mark.parametrize("asked", [1, 6, 8, -2])
def test_given_another_number_when_asked_for_then_it_is_refused(asked):
    with pytest.raises(InvalidSchemaError) as caught:
        next_version(a_request(asked), SAME, [a_version(6, OTHER)])

    assert caught.value.reason == "Version is not one more than previous version"


def test_given_the_same_content_deleted_when_it_follows_then_it_takes_its_place():
    history = [
        a_version(1, is_deleted=True),
        a_version(2, OTHER, is_deleted=True),
        a_version(3),
        a_version(4, is_deleted=True),
    ]

    assert next_version(a_request(), SAME, history).replaces == (1, 4)


def test_given_a_plan_when_recorded_then_it_says_what_is_written_and_where():
    guid = str(identity.guid(identity.identity_bytes(SAME)))
    told = {"guid": guid, "schemaType": "AVRO"}
    place = ":.eu:orders/versions/7"

    without, having = (
        a_plan(each).entry("version.register", BY_ANN) for each in (None, SchemaId(3))
    )

    assert without == AuditEntry(
        BY_ANN, "version.register", place, None, json.dumps(told), NOW_MS
    )
    assert having.after == json.dumps({"id": 3, **told})


def test_given_a_plan_when_it_was_written_then_it_is_the_version_it_says():
    guid = identity.guid(identity.identity_bytes(SAME))
    stored = StoredContent(SAME, SchemaId(3), guid)

    found = a_plan().outcome(SchemaId(3))

    assert found == SchemaVersion(ORDERS, Version(7), stored, NOW_MS)


@pytest.mark.parametrize(
    ("metadata", "after"),
    [
        (None, Metadata(properties={"confluent:version": "7"})),
        (
            Metadata({"a": ("PII",)}, {"x": "y", "confluent:version": "6"}, ("x",)),
            Metadata({"a": ("PII",)}, {"x": "y", "confluent:version": "7"}, ("x",)),
        ),
    ],
)
def test_given_a_content_when_stamped_then_its_metadata_has_the_number_and_the_rest(
    metadata, after
):
    content = Content(SchemaType.AVRO, '"string"', (), metadata)

    assert stamped(content, 7) == Content(SchemaType.AVRO, '"string"', (), after)


@pytest.mark.parametrize(
    ("metadata", "is_one"),
    [
        (None, False),
        (Metadata(properties={"x": "y"}), False),
        (Metadata(properties={"confluent:version": "1"}), True),
    ],
)
def test_given_metadata_when_it_has_a_number_then_it_is_stamped(metadata, is_one):
    assert is_stamped(metadata) is is_one
