"""Finding what is registered, over a real store."""

from uuid import UUID

import pytest

from registry.application import deletion, lookup
from registry.application.stored import Page, Visibility
from registry.domain.errors import (
    SchemaNotFoundError,
    SubjectNotFoundError,
    VersionNotFoundError,
)
from registry.domain.model import LATEST, Metadata, Reference, SchemaId, Subject
from tests.integration.application.builders import (
    ORIGIN,
    a_record,
    a_submission,
    registered,
)

ORDERS = Subject("orders-value")
COPY = Subject("copy")


def looked_up(ports, subject, schema, visibility=Visibility.LIVE, **parts):
    submission = a_submission(schema, **parts)
    return lookup.find_registered(ports, subject, submission, visibility)


def test_given_a_registered_text_when_looked_up_then_its_version_is_found(ports):
    first = registered(ports, ORDERS, a_record())
    registered(ports, ORDERS, a_record(note="string?"))

    assert looked_up(ports, ORDERS, a_record()) == first


def test_given_another_text_when_looked_up_then_the_schema_is_not_found(ports):
    registered(ports, ORDERS, a_record())

    with pytest.raises(SchemaNotFoundError, match=r"^Schema not found$"):
        looked_up(ports, ORDERS, a_record(note="string?"))


def test_given_no_subject_when_looked_up_then_the_subject_is_not_found(ports):
    with pytest.raises(SubjectNotFoundError, match="Subject 'orders-value' not found"):
        looked_up(ports, ORDERS, a_record())


def test_given_a_soft_deleted_version_when_looked_up_then_it_is_seen_only_on_request(
    ports,
):
    first = registered(ports, ORDERS, a_record())
    deletion.soft_delete_subject(ports, ORDERS, ORIGIN)

    found = looked_up(ports, ORDERS, a_record(), Visibility.ALL)

    assert (found.version, found.is_deleted) == (first.version, True)
    with pytest.raises(SubjectNotFoundError):
        looked_up(ports, ORDERS, a_record())


def test_given_a_text_without_its_metadata_when_looked_up_then_it_is_found(ports):
    metadata = Metadata(properties={"owner": "team"})
    first = registered(ports, ORDERS, a_record(), metadata=metadata)

    assert looked_up(ports, ORDERS, a_record()) == first


def test_given_a_stamped_version_when_looked_up_by_its_text_then_it_is_found(ports):
    registered(ports, ORDERS, a_record())
    second = registered(ports, ORDERS, a_record(note="string?"), version=2)

    assert looked_up(ports, ORDERS, a_record(note="string?")) == second


def test_given_a_referenced_type_written_inline_when_looked_up_then_it_is_found(ports):
    registered(ports, Subject("money"), a_record("Money"))
    reference = Reference("Money", "money", 1)
    order = registered(ports, ORDERS, a_record(total="Money"), references=(reference,))

    assert looked_up(ports, ORDERS, a_record(total=a_record("Money"))) == order


def test_given_an_empty_text_when_looked_up_then_nothing_matches(ports):
    registered(ports, ORDERS, a_record())

    with pytest.raises(SchemaNotFoundError):
        looked_up(ports, ORDERS, "")


def test_given_versions_when_asked_for_latest_then_it_is_the_newest_live_one(ports):
    registered(ports, ORDERS, a_record())
    registered(ports, ORDERS, a_record(note="string?"))
    deletion.soft_delete_version(ports, ORDERS, 2, ORIGIN)

    found = lookup.get_version(ports, ORDERS, LATEST, Visibility.ALL)

    assert found.version == 1


def test_given_no_such_version_when_asked_then_the_number_is_in_the_error(ports):
    registered(ports, ORDERS, a_record())

    with pytest.raises(VersionNotFoundError, match="Version 2 not found"):
        lookup.get_version(ports, ORDERS, 2, Visibility.LIVE)


def test_given_pages_when_versions_are_listed_then_each_is_a_part(ports):
    for number in range(4):
        registered(ports, ORDERS, a_record(**{f"note{number}": "string?"}))

    uses = lookup.list_versions(ports, ORDERS, Visibility.LIVE, Page(1, 2))

    assert [use.version for use in uses] == [2, 3]
    assert lookup.list_versions(ports, ORDERS, Visibility.LIVE, Page(9, 2)) == []


def test_given_two_uses_of_an_id_when_read_then_the_lowest_live_one_is_shown(ports):
    registered(ports, ORDERS, a_record())
    registered(ports, COPY, a_record())

    before = lookup.get_by_id(ports, SchemaId(1), None)
    deletion.soft_delete_subject(ports, COPY, ORIGIN)
    after = lookup.get_by_id(ports, SchemaId(1), None)

    assert (before.subject, after.subject) == (COPY, ORDERS)


def test_given_a_subject_that_holds_the_id_when_read_then_it_is_shown(ports):
    registered(ports, ORDERS, a_record())
    registered(ports, COPY, a_record())

    assert lookup.get_by_id(ports, SchemaId(1), ORDERS).subject == ORDERS


def test_given_a_wrong_subject_when_read_by_id_then_the_id_still_answers(ports):
    registered(ports, ORDERS, a_record())

    assert lookup.get_by_id(ports, SchemaId(1), Subject("wrong")).subject == ORDERS


def test_given_a_wrong_qualified_subject_when_read_by_id_then_it_is_not_found(ports):
    registered(ports, Subject("orders", ".ctx"), a_record())

    assert lookup.get_by_id(ports, SchemaId(1), Subject("", ".ctx")).schema_id == 1
    with pytest.raises(SchemaNotFoundError, match="Schema 1 not found"):
        lookup.get_by_id(ports, SchemaId(1), Subject("wrong", ".ctx"))


def test_given_a_guid_when_read_then_the_content_is_found(ports):
    first = registered(ports, ORDERS, a_record())

    assert lookup.get_by_guid(ports, first.stored.guid) == first


def test_given_an_unknown_guid_when_read_then_it_is_named(ports):
    unknown = UUID(int=7)

    with pytest.raises(SchemaNotFoundError, match=f"Schema {unknown} not found"):
        lookup.get_by_guid(ports, unknown)


def test_given_an_id_in_two_subjects_when_its_uses_are_listed_then_each_is_there_once(
    ports,
):
    registered(ports, ORDERS, a_record())
    registered(ports, COPY, a_record())
    registered(ports, COPY, a_record(), version=2)

    uses = lookup.list_uses_of_id(ports, SchemaId(1), None, Visibility.LIVE, Page())

    assert [(use.subject, use.version) for use in uses] == [(COPY, 1), (ORDERS, 1)]


def test_given_all_uses_soft_deleted_when_listed_then_the_list_is_empty(ports):
    registered(ports, ORDERS, a_record())
    deletion.soft_delete_subject(ports, ORDERS, ORIGIN)

    uses = lookup.list_uses_of_id(ports, SchemaId(1), None, Visibility.LIVE, Page())

    assert uses == []
    with pytest.raises(SchemaNotFoundError):
        lookup.list_uses_of_id(ports, SchemaId(2), None, Visibility.LIVE, Page())


def test_given_referrers_when_listed_then_their_ids_are_sorted(ports):
    registered(ports, Subject("money"), a_record("Money"))
    reference = Reference("Money", "money", 1)
    for name in ("B", "A"):
        registered(
            ports, Subject(name), a_record(name, m="Money"), references=(reference,)
        )
    deletion.soft_delete_subject(ports, Subject("B"), ORIGIN)

    live = lookup.list_referrers(ports, Subject("money"), 1, Visibility.LIVE, Page())
    everything = lookup.list_referrers(
        ports, Subject("money"), LATEST, Visibility.ALL, Page()
    )

    assert (live, everything) == ([3], [2, 3])


def test_given_a_reference_when_rendered_resolved_then_the_type_is_inlined(ports):
    registered(ports, Subject("money"), a_record("Money"))
    order = registered(
        ports,
        ORDERS,
        a_record(total="Money"),
        references=(Reference("Money", "money", 1),),
    )

    resolved = lookup.rendered(ports, ORDERS, order.content, "Resolved")

    assert '"type":{"type":"record","name":"Money"' in resolved
    assert lookup.rendered(ports, ORDERS, order.content, "odd") == order.content.text


def test_given_an_equivalent_when_looked_up_then_no_reader_is_open_while_parsing(
    watched,
):
    one = {**a_record(), "zprop": 1, "aprop": 2}
    other = {**a_record(), "aprop": 2, "zprop": 1}
    first = registered(watched, ORDERS, one)
    watched.transactions.reads.clear()

    found = looked_up(watched, ORDERS, other)

    assert found == first
    # `whole` is the same reader, for references that the caller may not read.
    expected = ["policy", "find_content", "history", "whole"]
    assert watched.transactions.reads == expected
