"""Deleting, over a real store: what goes, what stays, what is refused."""

from functools import partial

import pytest

from registry.application import configuration, lookup
from registry.application.deletion import (
    hard_delete_subject,
    hard_delete_version,
    soft_delete_subject,
    soft_delete_version,
)
from registry.application.stored import Page, Visibility
from registry.domain.configuration import Mode
from registry.domain.errors import (
    OperationNotPermittedError,
    ReferenceExistsError,
    SchemaNotFoundError,
    SubjectLevelNotFoundError,
    SubjectNotFoundError,
    SubjectNotSoftDeletedError,
    SubjectSoftDeletedError,
    VersionNotFoundError,
    VersionNotSoftDeletedError,
    VersionSoftDeletedError,
)
from registry.domain.levels import Level
from registry.domain.model import LATEST, Reference, SchemaId, Subject
from tests.integration.application.builders import ORIGIN, a_record, registered

ORDERS = Subject("orders-value")
MONEY = Subject("money")


@pytest.fixture
def two_versions(ports):
    registered(ports, ORDERS, a_record())
    registered(ports, ORDERS, a_record(note="string?"))
    return ports


@pytest.fixture
def a_referrer(ports):
    registered(ports, MONEY, a_record("Money"))
    registered(
        ports,
        ORDERS,
        a_record(total="Money"),
        references=(Reference("Money", "money", 1),),
    )
    return ports


def seen(ports, subject, visibility):
    uses = lookup.list_versions(ports, subject, visibility, Page())
    return [use.version for use in uses]


def test_given_a_version_when_soft_deleted_then_it_is_hidden_and_its_id_answers(
    two_versions,
):
    assert soft_delete_version(two_versions, ORDERS, 2, ORIGIN) == 2

    assert seen(two_versions, ORDERS, Visibility.LIVE) == [1]
    assert seen(two_versions, ORDERS, Visibility.ALL) == [1, 2]
    assert lookup.get_by_id(two_versions, SchemaId(2), None).is_deleted


def test_given_latest_when_soft_deleted_then_the_newest_live_one_goes(two_versions):
    soft_delete_version(two_versions, ORDERS, LATEST, ORIGIN)

    assert soft_delete_version(two_versions, ORDERS, LATEST, ORIGIN) == 1


def test_given_a_soft_deleted_version_when_soft_deleted_then_it_says_so(two_versions):
    soft_delete_version(two_versions, ORDERS, 2, ORIGIN)

    with pytest.raises(VersionSoftDeletedError):
        soft_delete_version(two_versions, ORDERS, 2, ORIGIN)


def test_given_a_soft_deleted_version_when_purged_then_its_id_is_gone(two_versions):
    soft_delete_version(two_versions, ORDERS, 2, ORIGIN)

    hard_delete_version(two_versions, ORDERS, 2, ORIGIN)

    assert seen(two_versions, ORDERS, Visibility.ALL) == [1]
    with pytest.raises(SchemaNotFoundError):
        lookup.get_by_id(two_versions, SchemaId(2), None)


@pytest.mark.parametrize("wanted", [2, LATEST])
def test_given_a_live_version_when_purged_then_it_is_refused(two_versions, wanted):
    with pytest.raises(VersionNotSoftDeletedError):
        hard_delete_version(two_versions, ORDERS, wanted, ORIGIN)


@pytest.mark.parametrize("act", [soft_delete_version, hard_delete_version])
def test_given_no_such_version_when_deleted_then_it_is_not_found(two_versions, act):
    with pytest.raises(VersionNotFoundError):
        act(two_versions, ORDERS, 9, ORIGIN)
    with pytest.raises(SubjectNotFoundError):
        act(two_versions, Subject("nothing"), 1, ORIGIN)


def test_given_a_subject_when_soft_deleted_then_its_live_versions_are_named(
    two_versions,
):
    soft_delete_version(two_versions, ORDERS, 1, ORIGIN)

    assert soft_delete_subject(two_versions, ORDERS, ORIGIN) == [2]
    with pytest.raises(SubjectSoftDeletedError):
        soft_delete_subject(two_versions, ORDERS, ORIGIN)


def test_given_a_live_subject_when_purged_then_it_is_refused(two_versions):
    soft_delete_version(two_versions, ORDERS, 1, ORIGIN)

    with pytest.raises(SubjectNotSoftDeletedError):
        hard_delete_subject(two_versions, ORDERS, ORIGIN)


def test_given_a_soft_deleted_subject_when_purged_then_its_config_goes_too(
    two_versions,
):
    patch = {"level": Level.NONE}
    configuration.update_config(two_versions, ORDERS, patch, ORIGIN)
    soft_delete_subject(two_versions, ORDERS, ORIGIN)
    kept = configuration.get_config(two_versions, ORDERS, in_scope=False)
    assert kept.level is Level.NONE

    assert hard_delete_subject(two_versions, ORDERS, ORIGIN) == [1, 2]

    with pytest.raises(SubjectNotFoundError):
        hard_delete_subject(two_versions, ORDERS, ORIGIN)
    with pytest.raises(SubjectLevelNotFoundError):
        configuration.get_config(two_versions, ORDERS, in_scope=False)


def test_given_a_live_referrer_when_its_target_is_deleted_then_it_is_refused(
    a_referrer,
):
    with pytest.raises(ReferenceExistsError, match="subject=money,version=1"):
        soft_delete_version(a_referrer, MONEY, 1, ORIGIN)
    with pytest.raises(ReferenceExistsError):
        soft_delete_subject(a_referrer, MONEY, ORIGIN)


def test_given_a_soft_deleted_referrer_when_the_target_goes_then_only_softly(
    a_referrer,
):
    soft_delete_subject(a_referrer, ORDERS, ORIGIN)

    soft_delete_subject(a_referrer, MONEY, ORIGIN)

    with pytest.raises(ReferenceExistsError):
        hard_delete_version(a_referrer, MONEY, 1, ORIGIN)
    with pytest.raises(ReferenceExistsError):
        hard_delete_subject(a_referrer, MONEY, ORIGIN)


def test_given_a_purged_referrer_when_the_target_is_purged_then_it_goes(a_referrer):
    for subject in (ORDERS, MONEY):
        soft_delete_subject(a_referrer, subject, ORIGIN)
        hard_delete_subject(a_referrer, subject, ORIGIN)

    assert lookup.list_subjects(a_referrer, None, "", Visibility.ALL, Page()) == []


def test_given_a_reference_inside_the_subject_when_deleted_then_it_goes_along(ports):
    registered(ports, MONEY, a_record("Money"))
    ports.transactions.write(lambda store: store.put_mode(MONEY, Mode.READWRITE))
    configuration.update_config(ports, MONEY, {"level": Level.NONE}, ORIGIN)
    registered(
        ports,
        MONEY,
        a_record("Price", amount="Money"),
        references=(Reference("Money", "money", 1),),
    )

    assert soft_delete_subject(ports, MONEY, ORIGIN) == [1, 2]
    assert hard_delete_subject(ports, MONEY, ORIGIN) == [1, 2]


def test_given_a_read_only_subject_when_deleted_then_it_is_refused(two_versions):
    two_versions.transactions.write(lambda store: store.put_mode(ORDERS, Mode.READONLY))

    with pytest.raises(OperationNotPermittedError, match="read-only"):
        soft_delete_subject(two_versions, ORDERS, ORIGIN)


@pytest.mark.parametrize(
    ("earlier", "act", "answer"),
    [
        ([], partial(soft_delete_version, wanted=2), 2),
        ([soft_delete_subject], partial(hard_delete_version, wanted=2), 2),
        ([], soft_delete_subject, [1, 2]),
        ([soft_delete_subject], hard_delete_subject, [1, 2]),
    ],
    ids=["version", "version for good", "subject", "subject for good"],
)
def test_given_a_commit_without_an_answer_when_deleted_then_it_is_told_as_done(
    two_versions, unanswered, audit, earlier, act, answer
):
    for each in earlier:
        each(two_versions, subject=ORDERS, origin=ORIGIN)
    before = len(audit())

    assert act(unanswered(), subject=ORDERS, origin=ORIGIN) == answer

    assert len(audit()) == before + 1


def test_given_a_subject_with_settings_when_purged_then_the_audit_log_names_all(
    two_versions, audit
):
    registered(two_versions, MONEY, a_record())
    configuration.update_config(two_versions, ORDERS, {"level": Level.NONE}, ORIGIN)
    two_versions.transactions.write(lambda s: s.put_mode(ORDERS, Mode.IMPORT))
    soft_delete_subject(two_versions, ORDERS, ORIGIN)
    hard_delete_version(two_versions, ORDERS, 1, ORIGIN)

    hard_delete_subject(two_versions, ORDERS, ORIGIN)

    rest = {"removedIds": [2], "config": {"level": "NONE"}, "mode": "IMPORT"}
    assert audit()[-3:] == [
        ("subject.delete", "orders-value", {"versions": [1, 2]}, None),
        ("version.purge", "orders-value", {"versions": [1], "removedIds": []}, None),
        ("subject.purge", "orders-value", {"versions": [2], **rest}, None),
    ]
