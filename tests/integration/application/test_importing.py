"""Taking versions over from another registry, over a real store."""

import pytest

from registry.application import configuration, deletion, lookup
from registry.application.configuration import REGISTRY
from registry.application.modes import update_mode
from registry.application.stored import Page, Visibility
from registry.domain.configuration import Mode
from registry.domain.errors import (
    IdDoesNotMatchError,
    InvalidSchemaError,
    OperationNotPermittedError,
    ReferenceExistsError,
    SchemaNotFoundError,
    SchemaTooLargeError,
)
from registry.domain.levels import Level
from registry.domain.model import (
    GLOBAL_CONTEXT,
    LATEST,
    MAX_NUMBER,
    Metadata,
    Reference,
    SchemaId,
    Subject,
)
from tests.integration.application.builders import ORIGIN, a_record, registered

ORDERS = Subject("orders-value")
PAYMENTS = Subject("payments-value")
IN_CONTEXT = Subject("orders-value", ".ctx")
EVERYWHERE = Subject("", GLOBAL_CONTEXT)


@pytest.fixture
def importing(ports):
    """Ports of a registry under IMPORT, where nothing is yet."""
    update_mode(ports, EVERYWHERE, Mode.IMPORT, ORIGIN, force=False)
    return ports


def versions(ports, subject=ORDERS, visibility=Visibility.ALL):
    uses = lookup.list_versions(ports, subject, visibility, Page())
    return [use.version for use in uses]


def text_of(ports, schema_id, subject=None):
    return lookup.get_by_id(ports, SchemaId(schema_id), subject).content.text


def test_given_an_id_and_a_version_when_imported_then_both_are_kept(importing):
    found = registered(importing, ORDERS, '"string"', schema_id=42, version=7)

    assert (found.schema_id, found.version) == (42, 7)
    assert text_of(importing, 42) == '"string"'
    assert versions(importing) == [7]


@pytest.mark.parametrize("version", [0, LATEST])
def test_given_no_version_when_imported_then_it_is_the_next_one_and_not_stamped(
    importing, version
):
    registered(importing, ORDERS, '"string"', schema_id=1, version=3)

    found = registered(importing, ORDERS, '"long"', schema_id=2, version=version)

    assert found.version == 4
    assert found.metadata is None


def test_given_ids_out_of_order_when_imported_then_the_next_one_is_above_all(importing):
    for schema_id, text in ((9, '"string"'), (3, '"long"')):
        registered(importing, ORDERS, text, schema_id=schema_id)
    assert lookup.max_id(importing, ".") == 9

    update_mode(importing, EVERYWHERE, None, ORIGIN, force=False)

    assert registered(importing, PAYMENTS, '"bytes"').schema_id == 10


def test_given_versions_out_of_order_when_imported_then_they_are_listed_in_order(
    importing,
):
    for version, text in ((5, '"string"'), (2, '"long"')):
        registered(importing, ORDERS, text, schema_id=version, version=version)

    assert versions(importing) == [2, 5]
    latest = lookup.get_version(importing, ORDERS, LATEST, Visibility.LIVE)
    assert latest.content.text == '"string"'


def test_given_a_version_when_another_is_imported_over_it_then_it_is_gone(
    importing, audit
):
    registered(importing, ORDERS, '"string"', schema_id=1, version=1)

    registered(importing, ORDERS, '"long"', schema_id=2, version=1)

    assert versions(importing) == [1]
    assert text_of(importing, 2) == '"long"'
    with pytest.raises(SchemaNotFoundError):
        text_of(importing, 1)
    action, target, before, after = audit()[-1]
    assert (action, target) == ("version.import", "orders-value/versions/1")
    assert (before, after["id"]) == ({"overwrites": 1}, 2)


def test_given_a_soft_deleted_version_when_imported_again_then_it_is_live(importing):
    registered(importing, ORDERS, '"string"', schema_id=5, version=2)
    deletion.soft_delete_version(importing, ORDERS, 2, ORIGIN)

    found = registered(importing, ORDERS, '"string"', schema_id=5, version=2)

    assert (found.version, found.schema_id) == (2, 5)
    assert versions(importing, visibility=Visibility.LIVE) == [2]


def test_given_a_soft_deleted_namesake_when_imported_as_another_version_then_it_goes(
    importing,
):
    registered(importing, ORDERS, '"string"', schema_id=5, version=2)
    deletion.soft_delete_version(importing, ORDERS, 2, ORIGIN)

    registered(importing, ORDERS, '"string"', schema_id=5, version=4)

    assert versions(importing) == [4]


def test_given_the_same_import_when_repeated_then_nothing_is_written(importing, audit):
    first = registered(importing, ORDERS, '"string"', schema_id=5, version=2)
    registered(importing, ORDERS, '"long"', schema_id=6, version=3)
    written = len(audit())

    again = registered(importing, ORDERS, '"string"', schema_id=5, version=2)
    without_version = registered(importing, ORDERS, '"string"', schema_id=5)
    without_id = registered(importing, ORDERS, '"string"')

    assert again == first == without_version == without_id
    assert len(audit()) == written


def test_given_an_id_in_use_when_another_content_is_imported_then_it_is_refused(
    importing,
):
    registered(importing, ORDERS, '"string"', schema_id=5)
    registered(importing, IN_CONTEXT, '"string"', schema_id=5)

    with pytest.raises(OperationNotPermittedError) as caught:
        registered(importing, PAYMENTS, '"long"', schema_id=5)
    assert str(caught.value) == (
        "Overwrite new schema with id 5 in context  is not permitted."
    )
    with pytest.raises(OperationNotPermittedError, match=r"in context :\.ctx: is not"):
        registered(importing, IN_CONTEXT, '"long"', schema_id=5)
    assert text_of(importing, 5) == '"string"'


def test_given_known_content_when_imported_with_another_id_then_it_is_refused(
    importing,
):
    registered(importing, ORDERS, '"string"', schema_id=5)

    with pytest.raises(IdDoesNotMatchError):
        registered(importing, PAYMENTS, '"string"', schema_id=6)
    with pytest.raises(IdDoesNotMatchError):
        registered(importing, ORDERS, '"string"', schema_id=6)


def test_given_an_id_that_was_removed_when_it_would_mean_another_then_refused(
    importing,
):
    registered(importing, ORDERS, '"string"', schema_id=1)
    deletion.soft_delete_subject(importing, ORDERS, ORIGIN)
    deletion.hard_delete_subject(importing, ORDERS, ORIGIN)

    with pytest.raises(OperationNotPermittedError, match="meant another schema"):
        registered(importing, ORDERS, '"long"', schema_id=1)

    assert registered(importing, PAYMENTS, '"string"', schema_id=1).version == 1


def test_given_an_id_that_an_earlier_release_removed_when_imported_then_refused(
    importing, by_hand
):
    registered(importing, ORDERS, '"string"', schema_id=1)
    deletion.soft_delete_subject(importing, ORDERS, ORIGIN)
    deletion.hard_delete_subject(importing, ORDERS, ORIGIN)
    by_hand("UPDATE tombstone SET schema_type = NULL, content_sha256 = NULL")

    with pytest.raises(OperationNotPermittedError, match="meant another schema"):
        registered(importing, ORDERS, '"string"', schema_id=1)


def test_given_an_id_that_was_removed_when_imported_then_it_means_something_again(
    importing,
):
    registered(importing, ORDERS, '"string"', schema_id=5)
    deletion.soft_delete_subject(importing, ORDERS, ORIGIN)
    deletion.hard_delete_subject(importing, ORDERS, ORIGIN)

    registered(importing, ORDERS, '"string"', schema_id=5)

    assert text_of(importing, 5) == '"string"'
    # And may be removed once more.
    deletion.soft_delete_subject(importing, ORDERS, ORIGIN)
    assert deletion.hard_delete_subject(importing, ORDERS, ORIGIN) == [1]


@pytest.mark.parametrize(
    "asked",
    [
        {"schema_id": 0},
        {"schema_id": MAX_NUMBER + 1},
        {"schema_id": 1, "version": -7},
        {"schema_id": 1, "version": MAX_NUMBER + 1},
    ],
)
def test_given_a_number_out_of_range_when_imported_then_it_is_refused(importing, asked):
    with pytest.raises(InvalidSchemaError):
        registered(importing, ORDERS, '"string"', **asked)


def test_given_no_id_when_something_new_is_imported_then_it_is_refused(importing):
    with pytest.raises(
        OperationNotPermittedError,
        match=r"^Subject orders-value in context  is not in read-write mode$",
    ):
        registered(importing, ORDERS, '"string"')


def test_given_a_breaking_change_when_imported_then_it_is_not_compared(importing):
    registered(importing, ORDERS, a_record(), schema_id=1)

    registered(importing, ORDERS, a_record(total="long"), schema_id=2)

    assert versions(importing) == [1, 2]


def test_given_what_strict_parsing_refuses_when_imported_then_it_is_taken_as_it_is(
    importing,
):
    wrong = (
        '{"type":"record","name":"Order","fields":'
        '[{"name":"id","type":"int","default":"zero"}]}'
    )

    assert registered(importing, ORDERS, wrong, schema_id=1).content.text == wrong


def test_given_normalize_when_imported_then_it_is_ignored(importing):
    configuration.update_config(importing, REGISTRY, {"normalize": True}, ORIGIN)
    text = '{"type":"string","z":1,"a":2}'

    found = registered(importing, ORDERS, text, schema_id=1, normalize=True)

    assert found.content.text == text


def test_given_metadata_in_config_and_latest_when_imported_then_none_is_added(
    importing,
):
    added = {"default_metadata": Metadata(properties={"owner": "ann"})}
    configuration.update_config(importing, REGISTRY, added, ORIGIN)
    own = Metadata(properties={"a": "1"})
    registered(importing, ORDERS, '"string"', schema_id=1, metadata=own)

    found = registered(importing, ORDERS, '"long"', schema_id=2)

    assert found.metadata is None


@pytest.mark.parametrize("text", [None, " ", "{", '{"type":"unknown"}'])
def test_given_what_is_no_schema_when_imported_then_it_is_refused(importing, text):
    registered(importing, ORDERS, '"string"', schema_id=1)

    with pytest.raises(InvalidSchemaError):
        registered(importing, ORDERS, text, schema_id=2)


def test_given_a_text_over_the_limit_when_imported_then_it_is_refused(importing):
    with pytest.raises(SchemaTooLargeError):
        registered(importing, ORDERS, f'"{"x" * 2**20}"', schema_id=1)


def test_given_references_when_imported_then_they_hold_their_targets(importing):
    registered(importing, ORDERS, a_record(), schema_id=3, version=4)
    refers = {"references": (Reference("Order", "orders-value", 4),)}
    registered(importing, PAYMENTS, '"Order"', schema_id=4, **refers)

    with pytest.raises(ReferenceExistsError):
        deletion.soft_delete_subject(importing, ORDERS, ORIGIN)
    with pytest.raises(ReferenceExistsError):
        registered(importing, ORDERS, '"long"', schema_id=5, version=4)
    again = registered(importing, ORDERS, a_record(), schema_id=3, version=4)
    assert again.schema_id == 3


def test_given_a_referrer_when_written_over_then_its_target_is_free(importing):
    registered(importing, ORDERS, a_record(), schema_id=1)
    refers = {"references": (Reference("Order", "orders-value", 1),)}
    registered(importing, PAYMENTS, '"Order"', schema_id=2, version=1, **refers)

    registered(importing, PAYMENTS, '"long"', schema_id=3, version=1)

    assert deletion.soft_delete_subject(importing, ORDERS, ORIGIN) == [1]


def test_given_a_missing_target_when_imported_then_it_is_refused(importing):
    refers = {"references": (Reference("Order", "nowhere", 1),)}

    with pytest.raises(InvalidSchemaError, match="nowhere"):
        registered(importing, PAYMENTS, '"Order"', schema_id=4, **refers)


def test_given_a_mode_changed_meanwhile_when_imported_then_the_new_mode_decides(
    importing, interfering
):
    def interfere():
        update_mode(importing, ORDERS, Mode.READONLY, ORIGIN, force=False)

    with pytest.raises(OperationNotPermittedError, match="read-only"):
        registered(interfering(interfere), ORDERS, '"string"', schema_id=1)


def test_given_all_modes_changed_meanwhile_when_a_context_is_new_then_they_decide(
    importing, interfering
):
    def interfere():
        update_mode(importing, EVERYWHERE, None, ORIGIN, force=False)

    with pytest.raises(OperationNotPermittedError, match="not in import mode"):
        registered(interfering(interfere), IN_CONTEXT, '"string"', schema_id=1)


def test_given_the_same_import_meanwhile_when_imported_then_it_is_that_one(
    importing, interfering, audit
):
    def interfere():
        registered(importing, ORDERS, '"string"', schema_id=1, version=1)

    found = registered(
        interfering(interfere), ORDERS, '"string"', schema_id=1, version=1
    )

    assert found.version == 1
    assert [action for action, *_ in audit()].count("version.import") == 1


def test_given_a_lost_acknowledgement_when_imported_then_it_is_told_as_done(
    importing, unanswered, audit
):
    found = registered(unanswered(), ORDERS, '"string"', schema_id=8, version=2)

    assert (found.schema_id, found.version) == (8, 2)
    assert [action for action, *_ in audit()].count("version.import") == 1


def test_given_forward_when_registered_with_an_id_then_it_is_stored_under_the_next(
    ports,
):
    update_mode(ports, EVERYWHERE, Mode.FORWARD, ORIGIN, force=False)
    registered(ports, ORDERS, a_record(), schema_id=70)

    found = registered(ports, ORDERS, a_record(total="long"), schema_id=71, version=2)

    assert (found.schema_id, found.version) == (2, 2)
    with pytest.raises(InvalidSchemaError, match="one more than previous"):
        registered(ports, ORDERS, '"long"', schema_id=72, version=9)
    with pytest.raises(OperationNotPermittedError, match="not in read-write mode"):
        registered(ports, ORDERS, '"long"')


def test_given_a_level_when_imported_then_it_holds_again_after_import(importing):
    registered(importing, ORDERS, a_record(), schema_id=1)
    update_mode(importing, EVERYWHERE, None, ORIGIN, force=False)
    configuration.update_config(importing, ORDERS, {"level": Level.FULL}, ORIGIN)

    found = registered(importing, ORDERS, a_record(note="string?"))

    assert (found.schema_id, found.version) == (2, 2)
