"""Registering schemas, over a real store."""

import json

import pytest

from registry.application import configuration, deletion, lookup
from registry.application.registration import register
from registry.application.stored import Page, Visibility
from registry.domain.configuration import Mode
from registry.domain.errors import (
    InvalidSchemaError,
    InvalidSubjectError,
    OperationNotPermittedError,
)
from registry.domain.levels import Level
from registry.domain.model import LATEST, Metadata, Reference, Subject
from registry.domain.rule_sets import MOST_METADATA_BYTES
from registry.domain.verdict import IncompatibleSchemaError
from tests.integration.application.builders import (
    ORIGIN,
    a_record,
    a_submission,
    registered,
)

ORDERS = Subject("orders-value")


def versions(ports, subject, visibility=Visibility.ALL):
    uses = lookup.list_versions(ports, subject, visibility, Page())
    return [use.version for use in uses]


def test_given_an_empty_registry_when_registered_then_id_and_version_are_one(ports):
    found = register(ports, ORDERS, a_submission(a_record()), ORIGIN)

    assert (found.schema_id, found.version) == (1, 1)
    assert found.content.text == json.dumps(a_record(), separators=(",", ":"))


def test_given_the_same_text_when_registered_twice_then_nothing_new_appears(ports):
    first = registered(ports, ORDERS, a_record())

    second = registered(ports, ORDERS, a_record())

    assert second == first
    assert versions(ports, ORDERS) == [1]


def test_given_other_white_space_when_registered_then_it_is_the_same_schema(ports):
    first = registered(ports, ORDERS, a_record())

    text = json.dumps(a_record(), indent=4)
    second = register(ports, ORDERS, a_submission(text), ORIGIN)

    assert second == first


def test_given_content_of_another_subject_when_registered_then_the_id_is_shared(ports):
    first = registered(ports, ORDERS, a_record())

    second = registered(ports, Subject("copy"), a_record())

    assert (second.schema_id, second.version) == (first.schema_id, 1)


def test_given_another_context_when_registered_then_its_ids_begin_at_one(ports):
    registered(ports, ORDERS, a_record())
    registered(ports, ORDERS, a_record(note="string?"))

    found = registered(ports, Subject("orders-value", ".other"), a_record())

    assert found.schema_id == 1


def test_given_a_breaking_change_when_registered_then_it_is_refused_with_a_way_out(
    ports,
):
    registered(ports, ORDERS, a_record())

    with pytest.raises(IncompatibleSchemaError) as refused:
        registered(ports, ORDERS, a_record(currency="string"))

    error = refused.value
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in error.messages[0]
    assert error.messages[-1] == "{validateFields: 'false', compatibility: 'BACKWARD'}"
    (finding,) = error.findings
    assert finding.path == "Order.currency"
    assert finding.fixes
    assert versions(ports, ORDERS) == [1]


def test_given_a_refused_change_when_an_offered_fix_is_registered_then_it_is_accepted(
    ports,
):
    registered(ports, ORDERS, a_record())
    with pytest.raises(IncompatibleSchemaError) as refused:
        registered(ports, ORDERS, a_record(currency="string"))

    for number, fix in enumerate(refused.value.findings[0].fixes):
        subject = Subject(f"fixed-{number}")
        registered(ports, subject, a_record())
        found = register(ports, subject, a_submission(fix.schema), ORIGIN)

        assert found.version == 2


def test_given_force_when_a_breaking_change_is_registered_then_it_is_accepted(ports):
    registered(ports, ORDERS, a_record())

    submission = a_submission(a_record(currency="string"))
    found = register(ports, ORDERS, submission, ORIGIN, force=True)

    assert found.version == 2


def test_given_a_soft_deleted_version_when_registered_again_then_the_id_stays(ports):
    registered(ports, ORDERS, a_record())
    second = registered(ports, ORDERS, a_record(note="string?"))
    deletion.soft_delete_version(ports, ORDERS, 2, ORIGIN)

    found = registered(ports, ORDERS, a_record(note="string?"))

    assert (found.version, found.schema_id) == (3, second.schema_id)
    assert versions(ports, ORDERS) == [1, 3]


def test_given_a_soft_deleted_version_when_replaced_then_the_audit_log_names_it(
    ports, audit
):
    registered(ports, ORDERS, a_record())
    deletion.soft_delete_version(ports, ORDERS, 1, ORIGIN)

    found = registered(ports, ORDERS, a_record())

    after = {"id": 1, "guid": str(found.stored.guid), "schemaType": "AVRO"}
    target = "orders-value/versions/2"
    assert audit()[-1] == ("version.register", target, {"replaces": [1]}, after)


def test_given_a_purged_subject_when_registered_again_then_the_id_is_new(ports):
    first = registered(ports, ORDERS, a_record())
    deletion.soft_delete_subject(ports, ORDERS, ORIGIN)
    deletion.hard_delete_subject(ports, ORDERS, ORIGIN)

    found = registered(ports, ORDERS, a_record())

    assert (found.version, found.schema_id) == (1, first.schema_id + 1)


def test_given_a_soft_deleted_history_when_registered_then_it_is_not_compared(ports):
    registered(ports, ORDERS, a_record())
    deletion.soft_delete_subject(ports, ORDERS, ORIGIN)

    found = registered(ports, ORDERS, "string")

    assert found.version == 2


def test_given_no_metadata_when_registered_then_the_latests_is_inherited(ports):
    metadata = Metadata(properties={"owner": "team-orders"})
    registered(ports, ORDERS, a_record(), metadata=metadata)

    found = registered(ports, ORDERS, a_record(note="string?"))

    assert found.content.metadata == metadata


def test_given_empty_metadata_when_registered_then_nothing_is_inherited(ports):
    metadata = Metadata(properties={"owner": "team-orders"})
    registered(ports, ORDERS, a_record(), metadata=metadata)

    found = registered(ports, ORDERS, a_record(note="string?"), metadata=Metadata())

    assert found.content.metadata == Metadata()


def test_given_no_metadata_when_the_same_text_is_registered_then_nothing_is_new(ports):
    metadata = Metadata(properties={"owner": "team-orders"})
    first = registered(ports, ORDERS, a_record(), metadata=metadata)

    assert registered(ports, ORDERS, a_record()) == first


def test_given_the_next_version_number_when_registered_then_it_is_stamped(ports):
    registered(ports, ORDERS, a_record())

    found = registered(ports, ORDERS, a_record(), version=2)

    assert found.version == 2
    assert found.content.metadata == Metadata(properties={"confluent:version": "2"})


@pytest.mark.parametrize("version", [1, 3])
def test_given_any_other_version_number_when_registered_then_it_is_refused(
    ports, version
):
    registered(ports, ORDERS, a_record())

    with pytest.raises(InvalidSchemaError, match="not one more than previous"):
        registered(ports, ORDERS, a_record(note="string?"), version=version)


def test_given_latest_as_version_when_the_latest_is_equal_then_it_is_returned(ports):
    first = registered(ports, ORDERS, a_record())

    assert registered(ports, ORDERS, a_record(), version=LATEST) == first


def test_given_a_stamped_latest_when_latest_is_asked_for_again_then_nothing_is_new(
    ports,
):
    registered(ports, ORDERS, a_record())
    stamped = registered(ports, ORDERS, a_record(), version=2)

    again = [registered(ports, ORDERS, a_record(), version=LATEST) for _ in range(3)]

    assert again == [stamped] * 3


def test_given_properties_in_another_order_when_normalized_then_they_are_one_schema(
    ports,
):
    one = {**a_record(), "zprop": 1, "aprop": {"b": 2, "a": 1}}
    other = {**a_record(), "aprop": {"a": 1, "b": 2}, "zprop": 1}

    first = registered(ports, ORDERS, one, normalize=True)

    assert registered(ports, ORDERS, other, normalize=True) == first


def test_given_normalize_in_the_config_when_registered_then_it_holds(ports):
    configuration.update_config(ports, ORDERS, {"normalize": True}, ORIGIN)

    found = registered(ports, ORDERS, {**a_record(), "zprop": 1, "aprop": 2})

    assert found.content.text.index("aprop") < found.content.text.index("zprop")


def test_given_a_read_only_subject_when_registered_then_only_what_is_there_is_answered(
    ports,
):
    first = registered(ports, ORDERS, a_record())
    ports.transactions.write(lambda store: store.put_mode(ORDERS, Mode.READONLY))

    assert registered(ports, ORDERS, a_record()) == first
    with pytest.raises(
        OperationNotPermittedError,
        match="Subject orders-value in context  is in read-only mode",
    ):
        registered(ports, ORDERS, a_record(note="string?"))


def test_given_an_id_when_registered_outside_import_mode_then_it_is_refused(ports):
    with pytest.raises(OperationNotPermittedError, match="is not in import mode"):
        registered(ports, ORDERS, a_record(), schema_id=7)


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_given_no_text_and_no_history_when_registered_then_it_is_refused(ports, text):
    with pytest.raises(InvalidSchemaError, match="Empty schema"):
        register(ports, ORDERS, a_submission(text), ORIGIN)


def test_given_no_text_when_registered_then_the_latests_is_taken(ports):
    first = registered(ports, ORDERS, a_record())

    submission = a_submission(None, metadata=Metadata(properties={"owner": "me"}))
    found = register(ports, ORDERS, submission, ORIGIN)

    assert (found.version, found.content.text) == (2, first.content.text)


def test_given_an_unknown_schema_type_when_registered_then_it_is_named(ports):
    with pytest.raises(InvalidSchemaError, match="Invalid schema type XML"):
        registered(ports, ORDERS, a_record(), schema_type="XML")


def test_given_an_empty_subject_when_registered_then_it_is_refused(ports):
    with pytest.raises(InvalidSubjectError):
        registered(ports, Subject(""), a_record())


def test_given_a_reference_to_latest_when_registered_then_its_number_is_kept(ports):
    registered(ports, Subject("money"), a_record("Money"))
    order = a_record(total="Money")

    reference = Reference("Money", "money", LATEST)
    found = registered(ports, ORDERS, order, references=(reference,))

    assert found.content.references == (Reference("Money", "money", 1),)


def test_given_a_soft_deleted_target_when_referred_to_then_it_counts_as_missing(ports):
    registered(ports, Subject("money"), a_record("Money"))
    deletion.soft_delete_subject(ports, Subject("money"), ORIGIN)

    with pytest.raises(
        InvalidSchemaError,
        match='No schema reference found for subject "money" and version 1',
    ):
        registered(
            ports,
            ORDERS,
            a_record(total="Money"),
            references=(Reference("Money", "money", 1),),
        )


def test_given_a_level_changed_meanwhile_when_registered_then_the_new_level_decides(
    ports, interfering
):
    registered(ports, ORDERS, a_record())
    configuration.update_config(ports, ORDERS, {"level": Level.NONE}, ORIGIN)

    def tighten():
        patch = {"level": Level.BACKWARD}
        configuration.update_config(ports, ORDERS, patch, ORIGIN)

    with pytest.raises(IncompatibleSchemaError):
        registered(interfering(tighten), ORDERS, a_record(currency="string"))


def test_given_a_version_added_meanwhile_when_registered_then_it_is_compared_too(
    ports, interfering
):
    registered(ports, ORDERS, a_record())

    def add():
        registered(ports, ORDERS, a_record(note="string?"))

    found = registered(interfering(add), ORDERS, a_record(other="string?"))

    assert found.version == 3
    assert versions(ports, ORDERS) == [1, 2, 3]


def test_given_the_same_content_added_meanwhile_when_registered_then_it_is_that_one(
    ports, interfering
):
    def add():
        registered(ports, ORDERS, a_record())

    found = registered(interfering(add), ORDERS, a_record())

    assert (found.version, found.schema_id) == (1, 1)


def test_given_a_lost_acknowledgement_when_registered_again_then_nothing_is_doubled(
    ports, forgetful
):
    found = registered(forgetful, ORDERS, a_record())

    assert (found.version, found.schema_id) == (1, 1)
    assert versions(ports, ORDERS) == [1]


def test_given_new_content_when_registered_then_the_history_is_read_once(watched):
    registered(watched, ORDERS, a_record())
    watched.transactions.reads.clear()

    registered(watched, ORDERS, a_record(note="string?"))

    assert watched.transactions.reads.count("history") == 1


def test_given_known_content_when_registered_then_the_history_is_not_read(watched):
    registered(watched, ORDERS, a_record())
    watched.transactions.reads.clear()

    registered(watched, ORDERS, a_record())

    assert watched.transactions.reads == ["policy", "find_content"]


@pytest.mark.parametrize("version", [0, LATEST])
def test_given_an_equivalent_when_registered_then_no_reader_is_open_while_parsing(
    watched, version
):
    one = {**a_record(), "zprop": 1, "aprop": 2}
    other = {**a_record(), "aprop": 2, "zprop": 1}
    first = registered(watched, ORDERS, one)

    assert registered(watched, ORDERS, other, version=version) == first


def test_given_more_metadata_than_a_version_may_have_when_registered_then_refused(
    ports,
):
    half = Metadata(properties={"a": "x" * (MOST_METADATA_BYTES // 2)})
    more = Metadata(properties={"b": "x" * MOST_METADATA_BYTES})
    other = Metadata(properties={"b": "x" * (MOST_METADATA_BYTES // 2)})

    with pytest.raises(InvalidSchemaError, match="expected metadata of at most"):
        registered(ports, ORDERS, a_record(), metadata=more)
    configuration.update_config(ports, ORDERS, {"default_metadata": half}, ORIGIN)
    # Together with what is added to it, it is too much.
    with pytest.raises(InvalidSchemaError, match="expected metadata of at most"):
        registered(ports, ORDERS, a_record(), metadata=other)
    assert registered(ports, ORDERS, a_record()).version == 1
