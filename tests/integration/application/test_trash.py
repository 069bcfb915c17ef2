"""The trash, over a real store: what comes back, what goes, what is refused."""

from dataclasses import replace

import pytest

from registry.application import lookup, restoring, trash
from registry.application.deletion import soft_delete_subject, soft_delete_version
from registry.application.stored import (
    Page,
    Use,
    Visibility,
)
from registry.domain.configuration import Config, Mode
from registry.domain.errors import (
    OperationNotPermittedError,
    ReferenceDeletedError,
    SubjectNotFoundError,
    VersionNotFoundError,
)
from registry.domain.levels import Level
from registry.domain.model import Reference, SchemaId, Subject, Version
from registry.domain.verdict import IncompatibleSchemaError
from tests.integration.application.builders import ORIGIN, a_record, registered

ORDERS, MONEY, BILLS = Subject("orders-value"), Subject("money"), Subject("bills")
FAR_MONEY = Subject("money", ".far")


def restore(ports, subject, version=None, *, force=False):
    if version is None:
        return restoring.restore_subject(ports, subject, ORIGIN, force=force)
    return restoring.restore_version(ports, subject, version, ORIGIN, force=force)


def live(ports, subject):
    with ports.transactions.read() as store:
        return [each.version for each in store.history(subject)]


def set_level(ports, level):
    def act(store):
        store.lock(ORDERS.context)
        store.put_config(ORDERS, Config(level=level))

    ports.transactions.write(act)


def set_mode(ports, mode):
    def act(store):
        store.lock(ORDERS.context)
        store.put_mode(ORDERS, mode)

    ports.transactions.write(act)


@pytest.fixture
def three(ports):
    registered(ports, ORDERS, a_record())
    registered(ports, ORDERS, a_record(note="string?"))
    registered(ports, ORDERS, a_record(note="string?", more="string?"))
    return ports


@pytest.fixture
def a_referrer(ports):
    registered(ports, MONEY, a_record("Money"))
    refers = (Reference("Money", "money", 1),)
    registered(ports, ORDERS, a_record(total="Money"), references=refers)
    return ports


def test_given_a_deleted_version_when_restored_then_number_id_and_order_are_kept(three):
    soft_delete_version(three, ORDERS, 2, ORIGIN)

    found = restore(three, ORDERS, 2)

    assert (found.version, found.schema_id, found.is_deleted) == (2, SchemaId(2), False)
    assert live(three, ORDERS) == [1, 2, 3]


def test_given_a_live_version_when_restored_then_it_stays_and_nothing_is_written(
    three, audit
):
    before = audit()

    assert restore(three, ORDERS, 2).version == 2

    assert audit() == before


def test_given_a_read_only_subject_when_a_live_version_is_restored_then_it_stays(three):
    set_mode(three, Mode.READONLY)

    assert restore(three, ORDERS, 2).version == 2


def test_given_a_read_only_subject_when_restored_then_it_is_refused(three):
    soft_delete_version(three, ORDERS, 2, ORIGIN)
    set_mode(three, Mode.READONLY)

    with pytest.raises(OperationNotPermittedError, match="is in read-only mode"):
        restore(three, ORDERS, 2)

    assert live(three, ORDERS) == [1, 3]


def test_given_no_such_version_when_restored_then_it_is_not_found(three):
    with pytest.raises(VersionNotFoundError):
        restore(three, ORDERS, 4)


def test_given_no_such_subject_when_restored_then_it_is_not_found(ports):
    with pytest.raises(SubjectNotFoundError):
        restore(ports, ORDERS)


def test_given_a_deleted_subject_when_restored_then_all_its_versions_are_live(
    three, audit
):
    soft_delete_subject(three, ORDERS, ORIGIN)

    assert restore(three, ORDERS) == [1, 2, 3]

    assert live(three, ORDERS) == [1, 2, 3]
    assert audit()[-1] == (
        "subject.restore",
        "orders-value",
        None,
        {"versions": [1, 2, 3]},
    )


def test_given_a_live_subject_when_restored_then_there_is_nothing_to_do(three):
    assert restore(three, ORDERS) == []


def test_given_a_deleted_target_when_its_referrer_is_restored_then_it_is_named(
    a_referrer,
):
    soft_delete_version(a_referrer, ORDERS, 1, ORIGIN)
    soft_delete_version(a_referrer, MONEY, 1, ORIGIN)

    with pytest.raises(ReferenceDeletedError, match="version 1 of subject 'money'"):
        restore(a_referrer, ORDERS, 1)

    restore(a_referrer, MONEY, 1)
    assert restore(a_referrer, ORDERS, 1).version == 1


def test_given_a_target_in_another_context_when_deleted_then_restoring_is_refused(
    ports,
):
    registered(ports, FAR_MONEY, a_record("Money"))
    refers = (Reference("Money", ":.far:money", 1),)
    registered(ports, ORDERS, a_record(total="Money"), references=refers)
    soft_delete_version(ports, ORDERS, 1, ORIGIN)
    soft_delete_version(ports, FAR_MONEY, 1, ORIGIN)

    with pytest.raises(ReferenceDeletedError, match=r"':\.far:money'"):
        restore(ports, ORDERS, 1)


@pytest.fixture
def a_gap(ports):
    """Of 1, which is deleted, 2 lacks a field that 3 reads as a number."""
    set_level(ports, Level.NONE)
    registered(ports, ORDERS, a_record(total="string"))
    soft_delete_version(ports, ORDERS, 1, ORIGIN)
    registered(ports, ORDERS, a_record())
    registered(ports, ORDERS, a_record(total="long"))
    return ports


@pytest.mark.parametrize("level", [Level.BACKWARD_TRANSITIVE, Level.FULL_TRANSITIVE])
def test_given_a_later_version_that_cannot_read_it_when_restored_then_it_is_refused(
    a_gap, level
):
    set_level(a_gap, level)

    with pytest.raises(IncompatibleSchemaError) as refused:
        restore(a_gap, ORDERS, 1)

    assert refused.value.findings
    assert live(a_gap, ORDERS) == [2, 3]


def test_given_force_when_restored_then_the_promise_is_left_unchecked(a_gap):
    set_level(a_gap, Level.BACKWARD_TRANSITIVE)

    assert restore(a_gap, ORDERS, 1, force=True).version == 1


def test_given_a_level_of_neighbours_when_restored_then_only_the_next_one_counts(a_gap):
    set_level(a_gap, Level.BACKWARD)

    assert restore(a_gap, ORDERS, 1).version == 1


def test_given_an_earlier_version_it_cannot_read_when_restored_then_it_is_refused(
    ports,
):
    registered(ports, ORDERS, a_record(total="long"))
    set_level(ports, Level.NONE)
    registered(ports, ORDERS, a_record(total="string"))
    soft_delete_version(ports, ORDERS, 2, ORIGIN)
    set_level(ports, Level.BACKWARD)

    with pytest.raises(IncompatibleSchemaError):
        restore(ports, ORDERS, 2)


def test_given_a_version_registered_meanwhile_when_restored_then_it_is_decided_anew(
    three, interfering
):
    soft_delete_version(three, ORDERS, 3, ORIGIN)
    set_level(three, Level.BACKWARD_TRANSITIVE)

    def meanwhile():
        registered(three, ORDERS, a_record(more="long?"))

    with pytest.raises(IncompatibleSchemaError):
        restore(interfering(meanwhile), ORDERS, 3)

    assert live(three, ORDERS) == [1, 2, 4]


def test_given_a_target_deleted_meanwhile_when_restored_then_it_is_refused(
    a_referrer, interfering
):
    soft_delete_version(a_referrer, ORDERS, 1, ORIGIN)

    def meanwhile():
        soft_delete_version(a_referrer, MONEY, 1, ORIGIN)

    with pytest.raises(ReferenceDeletedError):
        restore(interfering(meanwhile), ORDERS, 1)


def test_given_an_unanswered_commit_when_restored_then_it_is_restored_once(
    three, unanswered, audit
):
    soft_delete_version(three, ORDERS, 2, ORIGIN)

    restore(unanswered(), ORDERS, 2)

    assert [each[0] for each in audit()].count("version.restore") == 1


def test_when_listed_then_the_trash_says_when_and_what_refers_to_it(a_referrer):
    soft_delete_version(a_referrer, ORDERS, 1, ORIGIN)
    soft_delete_version(a_referrer, MONEY, 1, ORIGIN)

    money, orders = trash.list_trash(a_referrer, None, "", Page())

    assert (money.subject, money.version, money.schema_id) == (MONEY, 1, 1)
    assert [(each.subject, each.is_deleted) for each in money.referrers] == [
        (ORDERS, True)
    ]
    assert (orders.subject, orders.referrers) == (ORDERS, ())
    assert orders.deleted_ms < money.deleted_ms


def test_given_a_prefix_and_a_page_when_listed_then_only_these(three):
    registered(three, BILLS, a_record())
    soft_delete_subject(three, ORDERS, ORIGIN)
    soft_delete_subject(three, BILLS, ORIGIN)

    found = trash.list_trash(three, ".", "orders", Page(1, 1))

    assert [(each.subject, each.version) for each in found] == [(ORDERS, 2)]


@pytest.fixture
def days_later(ports):
    """The same ports, so many days on."""

    def build(days):
        return replace(ports, clock=lambda: ports.clock() + days * trash.DAY_MS)

    return build


def test_given_old_and_young_trash_when_purged_then_only_the_old_goes(
    three, days_later, audit
):
    soft_delete_version(three, ORDERS, 1, ORIGIN)
    soft_delete_version(days_later(5), ORDERS, 2, ORIGIN)

    gone = trash.purge(days_later(10), 7, ORIGIN)

    assert gone == [Use(ORDERS, Version(1), is_deleted=True)]
    uses = lookup.list_versions(three, ORDERS, Visibility.ALL, Page())
    assert [use.version for use in uses] == [2, 3]
    assert audit()[-1] == (
        "trash.purge",
        "orders-value",
        {"versions": [1], "removedIds": [1]},
        None,
    )


def test_given_trash_that_trash_refers_to_when_purged_then_both_go(
    a_referrer, days_later
):
    soft_delete_version(a_referrer, ORDERS, 1, ORIGIN)
    soft_delete_version(a_referrer, MONEY, 1, ORIGIN)

    gone = trash.purge(days_later(10), 7, ORIGIN)

    assert [each.subject for each in gone] == [ORDERS, MONEY]


def test_given_trash_that_younger_trash_refers_to_when_purged_then_it_stays(
    a_referrer, days_later
):
    soft_delete_version(a_referrer, ORDERS, 1, ORIGIN)
    soft_delete_version(a_referrer, MONEY, 1, ORIGIN)
    restore(a_referrer, MONEY, 1)
    restore(a_referrer, ORDERS, 1)
    soft_delete_version(days_later(5), ORDERS, 1, ORIGIN)
    soft_delete_version(a_referrer, MONEY, 1, ORIGIN)

    assert trash.purge(days_later(10), 7, ORIGIN) == []


def test_given_a_read_only_subject_when_purged_then_it_is_left_out(three, days_later):
    soft_delete_version(three, ORDERS, 1, ORIGIN)
    set_mode(three, Mode.READONLY)

    assert trash.purge(days_later(10), 7, ORIGIN) == []


def test_given_restored_and_deleted_anew_meanwhile_when_purged_then_it_stays(
    three, days_later, interfering
):
    soft_delete_version(three, ORDERS, 1, ORIGIN)
    later = days_later(10)

    def meanwhile():
        restore(three, ORDERS, 1)
        soft_delete_version(later, ORDERS, 1, ORIGIN)

    # The first write is that which dates what has no time yet.
    between = replace(interfering(lambda: None, meanwhile), clock=later.clock)

    assert trash.purge(between, 7, ORIGIN) == []


def test_given_several_processes_when_it_is_due_then_one_of_them_purges(
    three, days_later
):
    soft_delete_version(three, ORDERS, 1, ORIGIN)
    first, second = days_later(10), days_later(10)

    assert len(trash.purge_in_turn(first, 7, trash.DAY_MS, ORIGIN)) == 1

    soft_delete_version(three, ORDERS, 2, ORIGIN)
    assert trash.purge_in_turn(second, 7, trash.DAY_MS, ORIGIN) == []
    assert len(trash.purge_in_turn(days_later(12), 7, trash.DAY_MS, ORIGIN)) == 1
