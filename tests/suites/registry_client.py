"""What a client may rely on, whichever registry answers and whichever way it waits.

A subclass brings the fixture `client`. The asynchronous client is made to look like the
other one, so that every claim is tried on both.
"""

import asyncio
import json
from uuid import UUID

import pytest

from wirepact import errors
from wirepact.async_client import AsyncRegistryClient
from wirepact.client import RegistryClient
from wirepact.schemas import Reference, Schema

SUBJECT = "orders-value"


def record(*fields, name="OrderCreated"):
    return Schema(json.dumps({"type": "record", "name": name, "fields": [*fields]}))


ID = {"name": "orderId", "type": "string"}
NOTE = {"name": "note", "type": "string"}
NOTE_WITH_DEFAULT = {**NOTE, "default": ""}
FIRST = record(ID)
SECOND = record(ID, NOTE_WITH_DEFAULT)
BREAKING = record(ID, NOTE)
ITEM = record({"name": "sku", "type": "string"}, name="OrderItem")


class Awaiting:
    """An asynchronous client whose calls are waited for."""

    def __init__(self, client: AsyncRegistryClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return lambda *args, **more: self._runner.run(method(*args, **more))


def parsed(schema: Schema):
    return json.loads(schema.text)


class RegistryClientSuite:
    """The claims; `client` talks to an empty registry."""

    @pytest.fixture
    def client(self) -> RegistryClient | Awaiting:
        raise NotImplementedError

    def test_given_a_schema_when_registered_then_it_is_found_by_all_its_names(
        self, client
    ):
        found = client.register(SUBJECT, FIRST)

        assert (found.subject, found.version) == (SUBJECT, 1)
        assert parsed(client.get_schema(found.id)) == parsed(FIRST)
        assert isinstance(found.schema.guid, UUID)
        by_guid = client.get_schema_by_guid(found.schema.guid)
        assert parsed(by_guid) == parsed(FIRST)
        assert client.get_version(SUBJECT, 1) == found
        assert client.get_latest(SUBJECT) == found
        assert client.lookup(SUBJECT, FIRST) == found

    def test_given_the_same_schema_when_registered_again_then_it_is_the_same_version(
        self, client
    ):
        laid_out = Schema(json.dumps(parsed(FIRST), indent=4))

        first = client.register(SUBJECT, FIRST)
        again = client.register(SUBJECT, laid_out)

        assert (again.id, again.version) == (first.id, 1)
        assert client.list_versions(SUBJECT) == (1,)

    def test_given_the_same_schema_in_two_subjects_then_it_has_one_id(self, client):
        one = client.register("one", FIRST)
        two = client.register("two", FIRST)

        assert one.id == two.id
        assert client.list_subjects_of(one.id) == ("one", "two")
        assert [use.subject for use in client.list_versions_of(one.id)] == [
            "one",
            "two",
        ]

    def test_given_a_second_version_when_registered_then_it_is_the_latest(self, client):
        client.register(SUBJECT, FIRST)
        assert client.get_latest(SUBJECT).version == 1

        second = client.register(SUBJECT, SECOND)

        assert second.version == 2
        assert client.get_latest(SUBJECT) == second
        assert client.list_versions(SUBJECT) == (1, 2)

    def test_given_a_reference_when_registered_then_it_is_kept_and_counted(
        self, client
    ):
        item = client.register("item", ITEM)
        fields = {"name": "item", "type": "OrderItem"}
        order = Schema(
            record(ID, fields).text, references=(Reference("OrderItem", "item", 1),)
        )

        found = client.register(SUBJECT, order)

        assert client.get_schema(found.id).references == order.references
        assert client.list_referencing("item", item.version) == (found.id,)
        with pytest.raises(errors.ReferenceExistsError):
            client.delete_version("item", 1)

    @pytest.mark.parametrize("subject", ["a/b", "common/money.proto", "ä ö", "x%2Fy"])
    def test_given_a_subject_of_any_letters_when_registered_then_it_is_found(
        self, client, subject
    ):
        client.register(subject, FIRST)

        assert client.get_latest(subject).subject == subject
        assert client.list_subjects() == (subject,)

    def test_given_a_prefix_when_subjects_are_listed_then_only_those(self, client):
        for subject in ("orders-key", SUBJECT, "payments-value"):
            client.register(subject, FIRST)

        assert client.list_subjects("orders-") == ("orders-key", SUBJECT)

    def test_given_a_breaking_schema_when_registered_then_it_is_refused(self, client):
        client.register(SUBJECT, FIRST)

        with pytest.raises(errors.IncompatibleSchemaError) as refused:
            client.register(SUBJECT, BREAKING)

        assert refused.value.status == 409
        assert client.list_versions(SUBJECT) == (1,)

    def test_given_a_breaking_schema_when_tried_then_it_is_said_and_not_registered(
        self, client
    ):
        client.register(SUBJECT, FIRST)

        assert not client.test_compatibility(SUBJECT, BREAKING).is_compatible
        assert not client.test_compatibility(
            SUBJECT, BREAKING, version="latest"
        ).is_compatible
        assert client.test_compatibility(SUBJECT, SECOND).is_compatible
        assert client.list_versions(SUBJECT) == (1,)

    @pytest.mark.parametrize(
        "schema",
        [
            Schema("{"),
            Schema(FIRST.text, "XML"),
            Schema('"string"', references=(Reference("x", "nobody", 1),)),
        ],
        ids=["text", "type", "reference"],
    )
    def test_given_what_is_no_schema_when_registered_then_it_is_refused(
        self, client, schema
    ):
        with pytest.raises(errors.InvalidSchemaError):
            client.register(SUBJECT, schema)

        assert client.list_subjects() == ()

    def test_given_what_has_no_method_when_requested_then_the_answer_is_returned(
        self, client
    ):
        body = {"schema": FIRST.text}
        path = f"/subjects/{SUBJECT}/versions"

        registered = client.request("POST", path, body=body)
        listed = client.request("GET", path, query=[("deleted", "true")])

        assert registered["version"] == 1
        assert listed == [1]
        with pytest.raises(errors.SubjectNotFoundError):
            client.request("GET", "/subjects/nobody/versions")

    def test_given_nothing_when_asked_for_then_each_error_says_what_is_missing(
        self, client
    ):
        client.register(SUBJECT, FIRST)

        with pytest.raises(errors.SchemaNotFoundError):
            client.get_schema(999)
        with pytest.raises(errors.SchemaNotFoundError):
            client.get_schema_by_guid(UUID(int=1))
        with pytest.raises(errors.SubjectNotFoundError):
            client.get_latest("nobody")
        with pytest.raises(errors.VersionNotFoundError):
            client.get_version(SUBJECT, 9)
        with pytest.raises(errors.SchemaNotFoundError):
            client.lookup(SUBJECT, SECOND)
        with pytest.raises(errors.SubjectNotFoundError):
            client.lookup("nobody", FIRST)

    def test_given_a_deleted_version_when_asked_for_then_only_who_wants_it_gets_it(
        self, client
    ):
        client.register(SUBJECT, FIRST)
        second = client.register(SUBJECT, SECOND)

        assert client.delete_version(SUBJECT, 2) == 2

        assert client.get_latest(SUBJECT).version == 1
        assert client.list_versions(SUBJECT, deleted=True) == (1, 2)
        with pytest.raises(errors.VersionNotFoundError):
            client.get_version(SUBJECT, 2)
        assert client.get_version(SUBJECT, 2, deleted=True).id == second.id
        assert parsed(client.get_schema(second.id)) == parsed(SECOND)

    def test_given_a_subject_when_deleted_for_good_then_it_is_gone(self, client):
        client.register(SUBJECT, FIRST)

        with pytest.raises(errors.NotFoundError):
            client.delete_subject(SUBJECT, permanent=True)
        assert client.delete_subject(SUBJECT) == (1,)
        assert client.delete_subject(SUBJECT, permanent=True) == (1,)

        assert client.list_subjects(deleted=True) == ()
        with pytest.raises(errors.SubjectNotFoundError):
            client.get_latest(SUBJECT)

    def test_given_a_level_when_set_then_it_decides(self, client):
        client.register(SUBJECT, FIRST)

        assert client.set_config(SUBJECT, compatibility="NONE").level == "NONE"

        assert client.get_config(SUBJECT).level == "NONE"
        assert client.register(SUBJECT, BREAKING).version == 2
        assert client.delete_config(SUBJECT).level == "NONE"
        assert client.get_config(SUBJECT, in_scope=True).level == "BACKWARD"

    def test_given_no_level_when_asked_for_then_it_is_missing_but_for_the_registry(
        self, client
    ):
        assert client.get_config(in_scope=True).level == "BACKWARD"
        with pytest.raises(errors.NotFoundError) as missing:
            client.get_config(SUBJECT)
        assert missing.value.code == 40408

    def test_given_what_is_no_level_when_set_then_it_is_refused(self, client):
        with pytest.raises(errors.RegistryResponseError) as refused:
            client.set_config(compatibility="SIDEWAYS")

        assert refused.value.code == 42203

    def test_the_mode_is_readwrite_unless_it_is_changed(self, client):
        assert client.get_mode(in_scope=True) == "READWRITE"
        assert client.get_mode(SUBJECT, in_scope=True) == "READWRITE"

    def test_the_registry_speaks_avro_and_binds_no_topic(self, client):
        assert "AVRO" in client.list_schema_types()
        assert client.list_associations("orders") == ()
        assert client.get_subject("orders", strategy="ASSOCIATED") == SUBJECT
