"""Every administrative call of an unmodified client that is served so far."""

import httpx
import pytest
from confluent_kafka.schema_registry import (
    ConfigCompatibilityLevel,
    Metadata,
    MetadataProperties,
    Rule,
    RuleKind,
    RuleMode,
    RuleSet,
    Schema,
    SchemaRegistryClient,
    SchemaRegistryError,
    ServerConfig,
)

from tests.e2e.builders import (
    ORDER,
    ORDER_WITH_CURRENCY,
    ORDER_WITH_NOTE,
    a_name,
    avro,
    body,
    text,
)

pytestmark = pytest.mark.e2e

GUIDS = [
    ("string", "095d71cf-1255-6b9d-5e33-0ad575b3df5d"),
    (
        {
            "type": "record",
            "name": "myrecord",
            "fields": [{"name": "f1", "type": "string"}],
        },
        "a3d8f88a-9756-7b65-8ee2-5c9472fa6c7d",
    ),
]


@pytest.fixture
def two_versions(client: SchemaRegistryClient, subject: str) -> list[int]:
    """Ids of `ORDER` and `ORDER_WITH_NOTE`, registered under `subject`."""
    return [
        client.register_schema(subject, avro(schema))
        for schema in (ORDER, ORDER_WITH_NOTE)
    ]


def error_code(call, *arguments, **options) -> int:
    with pytest.raises(SchemaRegistryError) as refused:
        call(*arguments, **options)
    assert refused.value.http_status_code == int(str(refused.value.error_code)[:3])
    return refused.value.error_code


def test_when_registered_in_full_then_id_version_and_guid_are_told(
    client: SchemaRegistryClient, subject: str
):
    found = client.register_schema_full_response(subject, avro(ORDER))

    assert found.version == 1
    assert found.schema_id > 0
    assert found.schema.schema_str == text(ORDER)
    assert client.get_schema_by_guid(found.guid).schema_str == text(ORDER)


@pytest.mark.parametrize(("schema", "guid"), GUIDS, ids=["string", "record"])
def test_when_registered_then_the_guid_is_the_one_that_confluent_computes(
    client: SchemaRegistryClient, subject: str, schema: object, guid: str
):
    assert client.register_schema_full_response(subject, avro(schema)).guid == guid


def test_given_a_schema_when_looked_up_then_its_registration_is_told(
    other_client: SchemaRegistryClient, subject: str, two_versions: list[int]
):
    found = other_client.lookup_schema(subject, avro(ORDER_WITH_NOTE))

    assert (found.version, found.schema_id) == (2, two_versions[1])
    assert found.subject == subject


def test_given_no_such_schema_when_looked_up_then_40401_or_40403(
    client: SchemaRegistryClient, subject: str, two_versions: list[int]
):
    unknown = avro(ORDER_WITH_CURRENCY)

    assert error_code(client.lookup_schema, a_name(), unknown) == 40401
    assert error_code(client.lookup_schema, subject, unknown) == 40403


def test_given_equal_content_in_two_subjects_when_registered_then_one_id(
    client: SchemaRegistryClient, subject: str
):
    other = a_name()

    ids = {client.register_schema(each, avro(ORDER)) for each in (subject, other)}

    (only,) = ids
    assert {subject, other} <= set(client.get_subjects_by_schema_id(only))
    found = {(v.subject, v.version) for v in client.get_schema_versions(only)}
    assert {(subject, 1), (other, 1)} <= found


def test_given_an_id_when_asked_for_subjects_of_one_name_then_only_that_one(
    client: SchemaRegistryClient, subject: str
):
    schema_id = client.register_schema(subject, avro(ORDER))
    client.register_schema(a_name(), avro(ORDER))

    found = client.get_subjects_by_schema_id(schema_id, subject_name=subject)

    assert found == [subject]


def test_given_unknown_ids_when_asked_then_40403(client: SchemaRegistryClient):
    unknown = 2**31 - 1

    assert error_code(client.get_schema, unknown) == 40403
    assert error_code(client.get_subjects_by_schema_id, unknown) == 40403
    assert error_code(client.get_schema_versions, unknown) == 40403
    nobody = "00000000-0000-0000-0000-000000000000"
    assert error_code(client.get_schema_by_guid, nobody) == 40403


def test_given_two_versions_when_asked_then_each_and_the_latest_are_told(
    other_client: SchemaRegistryClient, subject: str, two_versions: list[int]
):
    first = other_client.get_version(subject, 1)
    latest = other_client.get_latest_version(subject)

    assert (first.version, first.schema_id) == (1, two_versions[0])
    assert (latest.version, latest.schema_id) == (2, two_versions[1])
    assert other_client.get_version(subject, "latest") == latest
    assert first.schema.schema_str == text(ORDER)
    assert other_client.get_versions(subject) == [1, 2]
    assert other_client.get_versions(subject, offset=1, limit=1) == [2]


@pytest.mark.parametrize("version", [3, 2**31 - 1])
def test_given_no_such_version_when_asked_then_40402(
    client: SchemaRegistryClient, subject: str, two_versions: list[int], version: int
):
    assert error_code(client.get_version, subject, version) == 40402
    assert error_code(client.delete_version, subject, version) == 40402
    assert error_code(client.get_referenced_by, subject, version) == 40402


def test_given_no_such_subject_when_asked_then_40401(client: SchemaRegistryClient):
    nobody = a_name()

    assert error_code(client.get_versions, nobody) == 40401
    assert error_code(client.get_latest_version, nobody) == 40401
    assert error_code(client.get_version, nobody, 1) == 40401
    assert error_code(client.delete_subject, nobody) == 40401
    assert error_code(client.delete_version, nobody, 1) == 40401


def test_given_a_prefix_when_subjects_are_listed_then_only_those_with_it(
    client: SchemaRegistryClient,
):
    prefix = a_name("prefix")
    names = sorted(f"{prefix}-{end}" for end in ("a", "b/c", "ü"))
    for each in names:
        client.register_schema(each, avro(ORDER))

    assert client.get_subjects(subject_prefix=prefix) == names
    assert client.get_subjects(subject_prefix=prefix, offset=1, limit=1) == names[1:2]
    assert set(names) <= set(client.get_subjects())


def test_given_a_soft_deleted_version_when_listed_then_only_on_request(
    client: SchemaRegistryClient,
    other_client: SchemaRegistryClient,
    subject: str,
    two_versions: list[int],
):
    assert client.delete_version(subject, 1) == 1

    assert client.get_versions(subject) == [2]
    assert client.get_versions(subject, deleted=True) == [1, 2]
    assert client.get_versions(subject, deleted_only=True) == [1]
    assert error_code(other_client.get_version, subject, 1) == 40402
    found = other_client.get_version(subject, 1, deleted=True)
    assert found.schema_id == two_versions[0]
    assert error_code(client.delete_version, subject, 1) == 40406


def test_given_a_soft_deleted_subject_when_listed_then_only_on_request(
    client: SchemaRegistryClient, subject: str, two_versions: list[int]
):
    assert client.delete_subject(subject) == [1, 2]

    assert client.get_subjects(subject_prefix=subject) == []
    assert client.get_subjects(subject_prefix=subject, deleted=True) == [subject]
    assert client.get_subjects(subject_prefix=subject, deleted_only=True) == [subject]
    assert error_code(client.get_versions, subject) == 40401
    assert error_code(client.delete_subject, subject) == 40404


def test_given_a_live_subject_when_deleted_for_good_then_it_is_refused(
    client: SchemaRegistryClient, subject: str, two_versions: list[int]
):
    assert error_code(client.delete_subject, subject, permanent=True) == 40405
    assert error_code(client.delete_version, subject, 1, permanent=True) == 40407
    assert client.get_versions(subject) == [1, 2]


def test_given_a_deleted_subject_when_deleted_for_good_then_ids_are_gone_for_ever(
    http: httpx.Client, client: SchemaRegistryClient, subject: str
):
    only_here = {"type": "fixed", "name": a_name("F").replace("-", "_"), "size": 1}
    gone = client.register_schema(subject, avro(only_here))
    client.delete_subject(subject)

    assert client.delete_subject(subject, permanent=True) == [1]

    assert http.get(f"/schemas/ids/{gone}").json()["error_code"] == 40403
    again = http.post(f"/subjects/{subject}/versions", json=body(only_here)).json()
    assert again["version"] == 1
    assert again["id"] > gone


def test_given_a_soft_deleted_version_when_registered_again_then_the_old_id(
    http: httpx.Client, client: SchemaRegistryClient, subject: str, two_versions
):
    client.delete_version(subject, 2)

    again = http.post(f"/subjects/{subject}/versions", json=body(ORDER_WITH_NOTE))

    assert (again.json()["id"], again.json()["version"]) == (two_versions[1], 3)
    assert client.get_versions(subject, deleted=True) == [1, 3]


def test_given_a_break_when_tested_then_it_is_told_apart(
    client: SchemaRegistryClient, subject: str, two_versions: list[int]
):
    good, bad = avro(ORDER), avro(ORDER_WITH_CURRENCY)

    assert client.test_compatibility(subject, good, "latest", verbose=True)
    assert not client.test_compatibility(subject, bad, 1)
    assert not client.test_compatibility_all_versions(subject, bad, normalize=True)
    assert client.test_compatibility(a_name(), bad)
    assert client.test_compatibility_all_versions(a_name(), bad)
    assert error_code(client.test_compatibility, subject, good, 7) == 40402


def test_given_a_subjects_level_when_set_then_read_then_it_is_the_same(
    client: SchemaRegistryClient, subject: str
):
    assert error_code(client.get_compatibility, subject) == 40408

    # The client says that it returns a text; it returns the answer.
    told: object = client.set_compatibility(subject, "full")
    assert told == {"compatibility": "FULL"}
    assert client.get_compatibility(subject) == "FULL"
    level = client.get_config(subject).compatibility_level
    assert level is ConfigCompatibilityLevel.FULL


def test_given_a_subjects_config_when_deleted_then_it_is_told_and_gone(
    client: SchemaRegistryClient, subject: str
):
    wanted = ServerConfig(compatibility=ConfigCompatibilityLevel.FORWARD_TRANSITIVE)
    client.set_config(subject, wanted)

    deleted = client.delete_config(subject)

    level = ConfigCompatibilityLevel.FORWARD_TRANSITIVE
    assert deleted.compatibility_level is level
    assert error_code(client.get_config, subject) == 40408
    assert error_code(client.delete_config, subject) == 40401


def test_given_settings_of_comparison_when_set_then_the_client_reads_them_back(
    client: SchemaRegistryClient, subject: str
):
    wanted = ServerConfig(
        compatibility=ConfigCompatibilityLevel.FULL, compatibility_group="major"
    )
    client.set_config(subject, wanted)
    client.set_config(subject, ServerConfig(compatibility_group="line"))

    found = client.get_config(subject)

    assert found.compatibility_group == "line"
    assert found.compatibility_level is ConfigCompatibilityLevel.FULL


def test_given_an_unknown_level_when_set_then_42203(
    client: SchemaRegistryClient, subject: str
):
    assert error_code(client.set_compatibility, subject, "SIDEWAYS") == 42203


def test_given_the_registrys_level_when_changed_then_subjects_follow(
    client: SchemaRegistryClient, subject: str
):
    client.register_schema(subject, avro(ORDER))
    assert client.get_compatibility() == "BACKWARD"
    try:
        client.set_compatibility(level="NONE")

        assert client.get_config().compatibility_level is ConfigCompatibilityLevel.NONE
        assert client.test_compatibility(subject, avro("string"))
    finally:
        client.delete_config()
    assert client.get_compatibility() == "BACKWARD"
    assert not client.test_compatibility(subject, avro("string"))


def test_given_nothing_set_when_asked_for_the_mode_then_it_is_readwrite(
    client: SchemaRegistryClient, subject: str
):
    assert client.get_global_mode() == "READWRITE"
    assert error_code(client.get_mode, subject) == 40409


def test_given_a_mode_when_updated_then_read_and_deleted_it_is_the_same(
    client: SchemaRegistryClient, subject: str
):
    client.register_schema(subject, avro(ORDER))

    assert client.update_mode(subject, "READONLY") == "READONLY"

    assert client.get_mode(subject) == "READONLY"
    refused = error_code(client.register_schema, subject, avro(ORDER_WITH_NOTE))
    assert refused == 42205
    assert client.register_schema(subject, avro(ORDER)) > 0
    assert error_code(client.update_mode, subject, "IMPORT") == 42205
    assert client.update_mode(subject, "IMPORT", force=True) == "IMPORT"
    assert client.delete_mode(subject) == "IMPORT"
    assert error_code(client.update_mode, subject, "SIDEWAYS") == 42204


def test_given_the_registrys_mode_when_updated_then_subjects_follow(
    client: SchemaRegistryClient, http: httpx.Client, subject: str
):
    try:
        assert client.update_global_mode("READONLY") == "READONLY"
        assert client.get_global_mode() == "READONLY"
        assert error_code(client.register_schema, subject, avro(ORDER)) == 42205
    finally:
        assert http.delete("/mode").json() == {"mode": "READONLY"}


def test_given_an_imported_schema_when_read_then_it_has_its_id(
    client: SchemaRegistryClient, http: httpx.Client, subject: str
):
    # Not where others register: their ids would begin after this one.
    subject = f":.imports:{subject}"
    client.update_mode(subject, "IMPORT")
    imported = {**body(ORDER), "id": 900_001, "version": 3}

    answer = http.post(f"/subjects/{subject}/versions", json=imported).json()
    client.delete_mode(subject)

    assert (answer["id"], answer["version"]) == (900_001, 3)
    assert client.get_schema(900_001, subject).schema_str == text(ORDER)
    assert client.get_latest_version(subject).version == 3
    assert client.register_schema(subject, avro(ORDER_WITH_NOTE)) > 900_001


def test_given_additions_in_a_config_when_registered_then_the_client_reads_them(
    client: SchemaRegistryClient, subject: str
):
    how = (RuleKind.CONDITION, RuleMode.WRITE, "CEL", None, None, "x")
    rules = RuleSet(None, [Rule("mask", None, *how, None, None, False)])
    wanted = ServerConfig(
        default_metadata=Metadata(None, MetadataProperties({"owner": "ann"}), None),
        default_rule_set=rules,
    )
    client.set_config(subject, wanted)

    client.register_schema(subject, avro(ORDER))

    found = client.get_latest_version(subject).schema
    assert found.metadata.properties.properties == {"owner": "ann"}
    (rule,) = found.rule_set.domain_rules
    assert (rule.name, rule.kind, rule.expr) == ("mask", RuleKind.CONDITION, "x")
    config = client.get_config(subject)
    assert config.default_metadata.properties.properties == {"owner": "ann"}
    assert config.default_rule_set.domain_rules[0].name == "mask"
    # Looked up without what was added, it is found.
    assert client.lookup_schema(subject, avro(ORDER)).version == 1


def test_given_metadata_when_the_latest_with_it_is_asked_for_then_it_is_found(
    client: SchemaRegistryClient, subject: str
):
    for schema, major in ((ORDER, "1 of 2"), (ORDER_WITH_NOTE, "2/2")):
        told = Metadata(None, MetadataProperties({"major line": major}), None)
        client.register_schema(subject, Schema(text(schema), "AVRO", [], told))

    first = client.get_latest_with_metadata(subject, {"major line": "1 of 2"})
    second = client.get_latest_with_metadata(subject, {"major line": "2/2"})

    assert (first.version, second.version) == (1, 2)
    missing = {"major line": "3"}
    assert error_code(client.get_latest_with_metadata, subject, missing) == 40403


def test_when_asked_for_types_then_avro_is_among_them(client: SchemaRegistryClient):
    assert "AVRO" in client.get_schema_types()


def test_given_no_associations_when_asked_then_the_list_is_empty(
    client: SchemaRegistryClient,
):
    found = client.get_associations_by_resource_name(
        a_name("topic/ü"), "-", "topic", ["value"]
    )

    assert found == []
