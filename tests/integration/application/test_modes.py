"""Modes of subjects, contexts and the registry, over a real store."""

from dataclasses import replace

import pytest

from registry.application import configuration, deletion, lookup
from registry.application.configuration import REGISTRY
from registry.application.modes import delete_mode, get_mode, update_mode
from registry.application.stored import Page, Visibility
from registry.domain.configuration import Mode
from registry.domain.errors import (
    InvalidModeError,
    InvalidSubjectError,
    OperationNotPermittedError,
    ReferenceExistsError,
    SubjectModeNotFoundError,
    SubjectNotFoundError,
)
from registry.domain.levels import Level
from registry.domain.model import GLOBAL_CONTEXT, Reference, Subject
from tests.integration.application.builders import ORIGIN, a_record, registered

ORDERS = Subject("orders-value")
PAYMENTS = Subject("payments-value")
CONTEXT = Subject("", ".ctx")
IN_CONTEXT = Subject("orders-value", ".ctx")
EVERYWHERE = Subject("", GLOBAL_CONTEXT)


def put(ports, scope, mode, *, force=False):
    update_mode(ports, scope, mode, ORIGIN, force=force)


def cleared(ports, scope, *, recursive=False):
    return delete_mode(ports, scope, ORIGIN, recursive=recursive)


def all_subjects(ports):
    everything = lookup.list_subjects(ports, None, "", Visibility.ALL, Page())
    return [str(each) for each in everything]


def test_given_no_mode_when_asked_then_only_the_registry_answers(ports):
    assert get_mode(ports, REGISTRY, in_scope=False) is Mode.READWRITE
    assert get_mode(ports, EVERYWHERE, in_scope=False) is Mode.READWRITE
    assert get_mode(ports, ORDERS, in_scope=True) is Mode.READWRITE
    with pytest.raises(SubjectModeNotFoundError):
        get_mode(ports, ORDERS, in_scope=False)


@pytest.mark.parametrize(
    ("scope", "asked", "expected"),
    [
        pytest.param(REGISTRY, ORDERS, Mode.READONLY, id="registry to subject"),
        pytest.param(REGISTRY, IN_CONTEXT, Mode.READWRITE, id="not to a context"),
        pytest.param(CONTEXT, IN_CONTEXT, Mode.READONLY, id="context"),
        pytest.param(CONTEXT, ORDERS, Mode.READWRITE, id="not to another context"),
        pytest.param(EVERYWHERE, ORDERS, Mode.READONLY, id="all to subject"),
        pytest.param(EVERYWHERE, IN_CONTEXT, Mode.READONLY, id="all to context"),
    ],
)
def test_given_a_wider_mode_when_a_subject_is_asked_in_scope_then_it_inherits(
    ports, scope, asked, expected
):
    put(ports, scope, Mode.READONLY)

    assert get_mode(ports, asked, in_scope=True) is expected


@pytest.mark.parametrize("wide", [Mode.READONLY, Mode.READONLY_OVERRIDE])
def test_given_a_nearer_mode_when_asked_in_scope_then_it_wins(ports, wide):
    put(ports, REGISTRY, wide)
    put(ports, ORDERS, Mode.READWRITE)

    assert get_mode(ports, ORDERS, in_scope=True) is Mode.READWRITE
    assert registered(ports, ORDERS, '"string"').version == 1


@pytest.mark.parametrize("mode", [Mode.READONLY, Mode.READONLY_OVERRIDE])
@pytest.mark.parametrize("scope", [ORDERS, REGISTRY, EVERYWHERE])
def test_given_a_read_only_scope_when_anything_is_written_then_it_is_refused(
    ports, scope, mode
):
    registered(ports, ORDERS, '"string"')
    registered(ports, ORDERS, '"bytes"')
    deletion.soft_delete_version(ports, ORDERS, 2, ORIGIN)
    put(ports, scope, mode)

    for act in (
        lambda: registered(ports, ORDERS, '"long"'),
        lambda: deletion.soft_delete_version(ports, ORDERS, 1, ORIGIN),
        lambda: deletion.hard_delete_version(ports, ORDERS, 2, ORIGIN),
        lambda: deletion.soft_delete_subject(ports, ORDERS, ORIGIN),
        lambda: deletion.hard_delete_subject(ports, ORDERS, ORIGIN),
        lambda: configuration.update_config(ports, ORDERS, {"normalize": True}, ORIGIN),
        lambda: configuration.delete_config(ports, ORDERS, ORIGIN),
    ):
        with pytest.raises(OperationNotPermittedError) as caught:
            act()
        assert str(caught.value) == (
            "Subject orders-value in context  is in read-only mode"
        )


def test_given_a_read_only_subject_when_its_mode_changes_then_it_is_written_again(
    ports,
):
    put(ports, ORDERS, Mode.READONLY)

    put(ports, ORDERS, Mode.READWRITE)

    assert registered(ports, ORDERS, '"string"').version == 1


def test_given_a_mode_when_cleared_then_the_wider_holds_again(ports):
    put(ports, REGISTRY, Mode.READONLY)
    put(ports, ORDERS, Mode.READWRITE)

    put(ports, ORDERS, None)
    put(ports, PAYMENTS, None)

    assert get_mode(ports, ORDERS, in_scope=True) is Mode.READONLY
    with pytest.raises(SubjectModeNotFoundError):
        get_mode(ports, ORDERS, in_scope=False)


def test_given_a_mode_when_deleted_then_it_is_answered_and_gone(ports):
    put(ports, ORDERS, Mode.READONLY)

    assert cleared(ports, ORDERS) is Mode.READONLY

    with pytest.raises(SubjectNotFoundError):
        cleared(ports, ORDERS)
    assert cleared(ports, ORDERS, recursive=True) is None
    assert cleared(ports, REGISTRY) is None
    assert cleared(ports, EVERYWHERE) is None


def test_given_modes_below_when_deleted_recursively_then_they_go_too(ports):
    for scope in (REGISTRY, ORDERS, CONTEXT, IN_CONTEXT):
        put(ports, scope, Mode.READONLY)

    assert cleared(ports, REGISTRY, recursive=True) is Mode.READONLY

    assert get_mode(ports, ORDERS, in_scope=True) is Mode.READWRITE
    assert get_mode(ports, IN_CONTEXT, in_scope=False) is Mode.READONLY
    assert cleared(ports, CONTEXT, recursive=True) is Mode.READONLY
    assert get_mode(ports, IN_CONTEXT, in_scope=True) is Mode.READWRITE


def test_given_modes_everywhere_when_all_are_deleted_then_none_is_left(ports):
    for scope in (REGISTRY, ORDERS, CONTEXT, IN_CONTEXT):
        put(ports, scope, Mode.READONLY)

    assert cleared(ports, EVERYWHERE, recursive=True) is None

    for subject in (ORDERS, IN_CONTEXT):
        assert get_mode(ports, subject, in_scope=True) is Mode.READWRITE


@pytest.mark.parametrize("scope", [REGISTRY, ORDERS, CONTEXT])
def test_given_forward_when_put_anywhere_but_for_all_then_it_is_refused(ports, scope):
    with pytest.raises(InvalidModeError, match="only supported on global level"):
        put(ports, scope, Mode.FORWARD)

    put(ports, EVERYWHERE, Mode.FORWARD)
    assert get_mode(ports, IN_CONTEXT, in_scope=True) is Mode.FORWARD


def test_given_modes_are_fixed_when_changed_then_it_is_refused(ports):
    fixed = replace(ports, is_mode_mutable=False)

    for act in (
        lambda: put(fixed, ORDERS, Mode.READONLY),
        lambda: put(fixed, ORDERS, None),
        lambda: cleared(fixed, ORDERS, recursive=True),
    ):
        with pytest.raises(
            OperationNotPermittedError, match="Mode changes are not allowed"
        ):
            act()


@pytest.mark.parametrize("scope", [Subject("__GLOBAL"), Subject("", ".\x01")])
def test_given_an_invalid_scope_when_put_then_it_is_refused(ports, scope):
    with pytest.raises(InvalidSubjectError):
        put(ports, scope, Mode.READONLY)


@pytest.mark.parametrize(
    ("scope", "filled", "is_refused"),
    [
        pytest.param(ORDERS, ORDERS, True, id="subject"),
        pytest.param(ORDERS, PAYMENTS, False, id="another subject"),
        pytest.param(REGISTRY, ORDERS, True, id="registry"),
        pytest.param(REGISTRY, IN_CONTEXT, False, id="registry, not its contexts"),
        pytest.param(CONTEXT, IN_CONTEXT, True, id="context"),
        pytest.param(CONTEXT, ORDERS, False, id="another context"),
        pytest.param(EVERYWHERE, IN_CONTEXT, True, id="all contexts"),
    ],
)
def test_given_live_schemas_when_import_is_put_then_only_force_lets_it(
    ports, scope, filled, is_refused
):
    registered(ports, filled, '"string"')

    if is_refused:
        with pytest.raises(
            OperationNotPermittedError,
            match=r"^Cannot import since found existing subjects$",
        ):
            put(ports, scope, Mode.IMPORT)
    else:
        put(ports, scope, Mode.IMPORT)
    put(ports, scope, Mode.IMPORT, force=True)

    assert get_mode(ports, scope, in_scope=False) is Mode.IMPORT
    assert lookup.get_version(ports, filled, 1, Visibility.LIVE).version == 1


def test_given_soft_deleted_schemas_when_import_is_put_then_they_go_for_good(
    ports, audit
):
    registered(ports, Subject("target"), a_record())
    refers = {"references": (Reference("Order", "target", 1),)}
    registered(ports, ORDERS, '"Order"', **refers)
    configuration.update_config(ports, ORDERS, {"level": Level.NONE}, ORIGIN)
    registered(ports, ORDERS, '"string"')
    for subject in (ORDERS, Subject("target")):
        deletion.soft_delete_subject(ports, subject, ORIGIN)

    put(ports, REGISTRY, Mode.IMPORT)

    assert all_subjects(ports) == []
    assert audit()[-3:] == [
        (
            "subject.purge",
            "orders-value",
            {"removedIds": [2, 3], "config": {"level": "NONE"}},
            None,
        ),
        ("subject.purge", "target", {"removedIds": [1]}, None),
        ("mode.update", "*", None, {"mode": "IMPORT"}),
    ]


def test_given_import_already_when_put_again_then_nothing_is_removed(ports):
    put(ports, REGISTRY, Mode.IMPORT)
    registered(ports, ORDERS, '"string"', schema_id=7)
    deletion.soft_delete_subject(ports, ORDERS, ORIGIN)

    put(ports, REGISTRY, Mode.IMPORT)

    assert all_subjects(ports) == ["orders-value"]


def test_given_a_soft_deleted_target_when_import_is_put_then_its_referrer_keeps_it(
    ports,
):
    registered(ports, ORDERS, a_record())
    refers = {"references": (Reference("Order", "orders-value", 1),)}
    registered(ports, PAYMENTS, '"Order"', **refers)
    deletion.soft_delete_subject(ports, PAYMENTS, ORIGIN)
    deletion.soft_delete_subject(ports, ORDERS, ORIGIN)

    with pytest.raises(ReferenceExistsError):
        put(ports, ORDERS, Mode.IMPORT)

    assert all_subjects(ports) == ["orders-value", "payments-value"]
    assert get_mode(ports, ORDERS, in_scope=True) is Mode.READWRITE


def test_given_soft_deleted_schemas_in_contexts_when_all_import_then_all_of_them_go(
    ports,
):
    for subject in (ORDERS, IN_CONTEXT):
        registered(ports, subject, '"string"')
        deletion.soft_delete_subject(ports, subject, ORIGIN)

    put(ports, EVERYWHERE, Mode.IMPORT)

    assert all_subjects(ports) == []


def test_given_commits_without_an_answer_when_changed_then_it_is_told_as_done(
    ports, unanswered, audit
):
    update_mode(unanswered(), ORDERS, Mode.READONLY, ORIGIN, force=False)
    assert delete_mode(unanswered(), ORDERS, ORIGIN, recursive=False) is Mode.READONLY

    assert audit() == [
        ("mode.update", "orders-value", None, {"mode": "READONLY"}),
        ("mode.delete", "orders-value", {"mode": "READONLY"}, None),
    ]
