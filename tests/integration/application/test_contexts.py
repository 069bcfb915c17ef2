"""Contexts come with their first registration, and go when they are empty."""

import pytest

from registry.application import contexts, deletion, registration
from registry.application.stored import Origin, Page
from registry.application.submission import Submission
from registry.domain.errors import ContextNotEmptyError
from registry.domain.model import Subject

ORIGIN = Origin("ann", "r-1")
FAR = Subject("s", ".far")


def register(ports, subject, text='"string"'):
    return registration.register(ports, subject, Submission(text), ORIGIN)


def empty(ports, subject):
    deletion.soft_delete_subject(ports, subject, ORIGIN)
    deletion.hard_delete_subject(ports, subject, ORIGIN)


def listed(ports):
    return contexts.list_contexts(ports, "", Page())


def test_given_an_empty_context_when_deleted_then_the_audit_log_tells_of_it(
    ports, audit
):
    register(ports, FAR)
    empty(ports, FAR)

    contexts.delete_context(ports, ".far", ORIGIN)

    assert listed(ports) == ["."]
    assert audit()[-1] == ("context.delete", ":.far:", None, None)


def test_given_an_unknown_context_when_deleted_then_nothing_is_written(ports, audit):
    for name in (".far", ".__GLOBAL"):
        contexts.delete_context(ports, name, ORIGIN)

    assert audit() == []
    with ports.transactions.read() as store:
        assert store.policy(FAR).revision.settings < 0


def test_given_a_registration_just_before_when_deleted_then_the_context_stays(
    ports, interfering
):
    register(ports, FAR)
    empty(ports, FAR)
    late = interfering(lambda: register(ports, FAR))

    with pytest.raises(ContextNotEmptyError):
        contexts.delete_context(late, ".far", ORIGIN)

    assert listed(ports) == [".", ".far"]


def test_given_a_deletion_just_before_when_registered_then_the_context_is_there(
    ports, interfering
):
    register(ports, FAR)
    empty(ports, FAR)
    late = interfering(lambda: contexts.delete_context(ports, ".far", ORIGIN))

    found = register(late, FAR)

    assert found.schema_id == 2
    assert listed(ports) == [".", ".far"]


def test_given_a_commit_that_is_not_heard_of_when_deleted_then_it_is_done_once(
    ports, unanswered, audit
):
    register(ports, FAR)
    empty(ports, FAR)
    before = len(audit())

    contexts.delete_context(unanswered(), ".far", ORIGIN)

    assert listed(ports) == ["."]
    assert len(audit()) == before + 1
