"""What a client may rely on, whichever registry answers and whichever way it waits.

A subclass brings the fixture `client`. The asynchronous client is made to look like the
other one, so that every claim is tried on both.
"""

import asyncio
import base64
import json
from uuid import UUID

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

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
MONEY = Schema(
    'syntax = "proto3";\npackage common;\nmessage Money { string currency = 1; }\n',
    "PROTOBUF",
)
ORDER = Schema(
    'syntax = "proto3";\npackage orders;\nimport "common/money.proto";\n'
    "message Order { common.Money total_amount = 1; }\n",
    "PROTOBUF",
    (Reference("common/money.proto", "common/money.proto", 1),),
)


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


def described(schema: Schema):
    return FileDescriptorProto.FromString(base64.b64decode(schema.text, validate=True))


def bond(subject, role="value", topic="orders"):
    return {
        "resourceName": topic,
        "resourceNamespace": "-",
        "resourceId": f"-:{topic}",
        "resourceType": "topic",
        "associations": [{"subject": subject, "associationType": role}],
    }


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

    def test_given_references_of_references_when_followed_then_all_texts_are_there(
        self, client
    ):
        client.register("item", ITEM)
        lines = record({"name": "item", "type": "OrderItem"}, name="OrderLines")
        lines = Schema(lines.text, references=(Reference("OrderItem", "item", 1),))
        client.register("lines", lines)
        order = record({"name": "lines", "type": "OrderLines"})
        order = Schema(order.text, references=(Reference("OrderLines", "lines", 1),))

        found = client.register(SUBJECT, order)

        (outer,) = client.get_schema(found.id).references
        (inner,) = client.get_version(outer.subject, outer.version).schema.references
        held = client.get_version(inner.subject, inner.version).schema
        assert parsed(held)["name"] == "OrderItem"
        assert client.lookup(SUBJECT, order) == found

    def test_given_a_referenced_version_when_deleted_softly_then_it_is_still_followed(
        self, client
    ):
        client.register("item", ITEM)
        client.register(
            "item",
            record({"name": "sku", "type": "string", "doc": "x"}, name="OrderItem"),
        )

        client.delete_version("item", 1)

        assert parsed(client.get_version("item", 1, deleted=True).schema)["name"]

    def test_given_a_schema_when_asked_for_by_guid_then_it_is_the_same_in_all_subjects(
        self, client
    ):
        one = client.register("one", FIRST)
        two = client.register("two", FIRST)
        other = client.register("two", SECOND)

        assert one.schema.guid == two.schema.guid != other.schema.guid
        assert client.get_schema_by_guid(other.schema.guid) == other.schema

    def test_given_protobuf_when_asked_for_serialized_then_it_is_a_descriptor(
        self, client
    ):
        client.register("common/money.proto", MONEY)
        found = client.register(SUBJECT, ORDER)

        by_id = client.get_schema(found.id, form="serialized")
        by_guid = client.get_schema_by_guid(found.schema.guid, form="serialized")

        assert by_id.references == ORDER.references
        assert by_guid.text == by_id.text
        proto = described(by_id)
        assert list(proto.dependency) == ["common/money.proto"]
        assert [each.name for each in proto.message_type] == ["Order"]
        assert [each.type_name for each in proto.message_type[0].field] == [
            ".common.Money"
        ]
        assert client.get_schema(found.id).text != by_id.text

    def test_given_protobuf_as_a_descriptor_when_looked_up_then_it_is_the_texts_version(
        self, client
    ):
        client.register("common/money.proto", MONEY)
        found = client.register(SUBJECT, ORDER)
        serialized = client.get_schema(found.id, form="serialized").text
        again = Schema(serialized, "PROTOBUF", ORDER.references)

        assert client.lookup(SUBJECT, again).id == found.id
        assert client.register(SUBJECT, again).version == 1

    def test_given_protobuf_as_a_descriptor_when_registered_then_it_is_had_as_one(
        self, client
    ):
        proto = FileDescriptorProto(name="a.proto", package="a", syntax="proto3")
        proto.message_type.add(name="Empty")
        text = base64.b64encode(proto.SerializeToString()).decode()

        found = client.register(SUBJECT, Schema(text, "PROTOBUF"))

        answered = described(client.get_schema(found.id, form="serialized"))
        assert (answered.package, answered.message_type[0].name) == ("a", "Empty")

    @pytest.mark.parametrize("text", ["message {", "AAAA"], ids=["text", "bytes"])
    def test_given_protobuf_that_is_none_when_registered_then_it_is_refused(
        self, client, text
    ):
        with pytest.raises(errors.InvalidSchemaError):
            client.register(SUBJECT, Schema(text, "PROTOBUF"))

    def test_given_json_when_registered_then_it_is_found_by_its_content(self, client):
        order = Schema('{"type": "object", "title": "Order"}', "JSON")

        found = client.register(SUBJECT, order)

        assert client.lookup(SUBJECT, order) == found
        assert client.get_schema(found.id).schema_type == "JSON"

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


class AssociationsSuite:
    """The claims of registries that bind topics; `client` talks to an empty one."""

    @pytest.fixture
    def client(self) -> RegistryClient | Awaiting:
        raise NotImplementedError

    def test_given_a_bound_topic_when_its_subject_is_asked_for_then_it_is_the_bound(
        self, client
    ):
        client.register("shared", FIRST)

        client.create_association(bond("shared"))

        assert client.get_subject("orders", strategy="ASSOCIATED") == "shared"
        assert client.get_subject("other", strategy="ASSOCIATED") == "other-value"
        (found,) = client.list_associations("orders")
        assert (found.subject, found.role) == ("shared", "value")
        assert client.list_associations("orders", role="key") == ()

    def test_given_a_bound_topic_when_bound_to_another_then_it_is_refused(self, client):
        client.register("shared", FIRST)
        client.register("other", FIRST)
        client.create_association(bond("shared"))

        with pytest.raises(errors.RegistryResponseError) as refused:
            client.create_association(bond("other"))

        assert refused.value.status == 409
        assert [each.subject for each in client.list_associations("orders")] == [
            "shared"
        ]

    def test_given_a_subject_without_versions_when_bound_then_it_is_refused(
        self, client
    ):
        with pytest.raises(errors.RegistryResponseError):
            client.create_association(bond("nobody"))

        assert client.list_associations("orders") == ()

    def test_given_bonds_when_one_role_is_let_go_then_the_other_stays(self, client):
        client.register("shared", FIRST)
        client.register("keys", FIRST)
        client.create_association(bond("shared"))
        client.create_association(bond("keys", "key"))

        client.delete_associations("-:orders", roles=["value"])

        assert client.list_associations("orders") == ()
        assert len(client.list_associations("orders", role="key")) == 1
        with pytest.raises(errors.NotFoundError):
            client.delete_associations("-:orders", roles=["value"])
