"""What happens when two write at once, each race held still at its worst moment.

On PostgreSQL a statement sees a snapshot that is older than the lock it waits for. So
in each test one transaction has done its work and not committed yet, another one's
statement has begun and waits, and only then the first one commits.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg
import pytest

from registry.application import importing
from registry.application.changes import Changes
from registry.application.plans import Plan
from registry.application.ports import SchemaStore
from registry.application.stored import StaleRevisionError, Visibility
from registry.domain.configuration import Config
from registry.domain.errors import IdDoesNotMatchError, OperationNotPermittedError
from registry.domain.levels import Level
from registry.domain.model import (
    GLOBAL_CONTEXT,
    Content,
    Reference,
    SchemaId,
    Subject,
    Version,
)
from registry.storage.engine import SqlTransactions, connect
from tests.suites.registering import (
    Decision,
    a_content,
    a_version,
    an_entry,
    decided,
    numbers,
    register,
    soft_delete,
)

pytestmark = pytest.mark.postgres

A, B = Subject("a"), Subject("b")
FAR = Subject("far", ".far")
STRING, INT = a_content('"string"'), a_content('"int"')
REFERRING = a_content('"r"', Reference("n", "a", 1))
REFERRING_FAR = a_content('"r"', Reference("n", ":.far:far", 1))
PATIENCE_S = 30


class Race:
    """Two writers over one database."""

    def __init__(self, url: str, pool: ThreadPoolExecutor, ends: ExitStack) -> None:
        self.first, self.second = (
            ends.enter_context(closing(SqlTransactions(connect(url), Changes())))
            for _ in range(2)
        )
        self._pool = pool
        self._watch = ends.enter_context(psycopg.connect(url, autocommit=True))

    @contextmanager
    def held(self, act: Callable[[SchemaStore], Any]) -> Iterator[None]:
        """Hold the first writer's transaction open, its act done, for the body."""
        done, may_commit = threading.Event(), threading.Event()

        def held_act(store: SchemaStore) -> None:
            act(store)
            done.set()
            assert may_commit.wait(PATIENCE_S)

        outcome = self._pool.submit(self.first.write, held_act)
        try:
            assert done.wait(PATIENCE_S)
            yield
        finally:
            may_commit.set()
            outcome.result(PATIENCE_S)

    def waiting(self, act: Callable[[SchemaStore], Any]) -> Future[Any]:
        """Let the second writer begin; return when its statement waits for a lock."""
        outcome: Future[Any] = self._pool.submit(self.second.write, act)
        while not self._is_someone_waiting():
            assert not outcome.done(), "it did not have to wait"
        return outcome

    def _is_someone_waiting(self) -> bool:
        found = self._watch.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        return found.fetchone() is not None


@pytest.fixture
def race(postgres_url: str) -> Iterator[Race]:
    with ThreadPoolExecutor(2) as pool, ExitStack() as ends:
        yield Race(postgres_url, pool, ends)


def locked(context: str, act: Callable[[SchemaStore], Any]) -> Callable[..., None]:
    def alone(store: SchemaStore) -> None:
        store.lock(context)
        act(store)
        store.record(context, an_entry())

    return alone


def appended(decision: Decision) -> Callable[[SchemaStore], None]:
    """Append in a transaction that goes on, so that it can be held."""

    def act(store: SchemaStore) -> None:
        store.lock(decision.new.subject.context)
        decision(store)

    return act


def test_given_an_equal_content_meanwhile_when_written_then_both_share_the_id(race):
    first, second = decided(race.first, A, STRING), decided(race.second, B, STRING)

    with race.held(appended(first)):
        outcome = race.waiting(second)

    assert outcome.result(PATIENCE_S) == 1
    with race.first.read() as store:
        assert store.max_id(".") == 1
    assert race.first.sequences()["."] == 2


@pytest.mark.parametrize("is_there", [False, True], ids=["new", "known"])
def test_given_a_version_of_the_subject_meanwhile_when_written_then_stale(
    race, is_there
):
    if is_there:
        register(race.first, A, a_content('"bytes"'))
    first, second = decided(race.first, A, STRING), decided(race.second, A, INT)

    with race.held(appended(first)):
        outcome = race.waiting(second)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)
    assert register(race.second, A, INT) == 2 + is_there
    assert numbers(race.first, A, Visibility.ALL) == [1, 2, 3][: 2 + is_there]


@pytest.mark.parametrize(
    "scope", [A, Subject(""), Subject("", GLOBAL_CONTEXT)], ids=["a", "all", "global"]
)
def test_given_settings_changed_meanwhile_when_written_then_stale(race, scope):
    decision = decided(race.second, A, STRING)

    with race.held(
        locked(scope.context, lambda store: store.put_config(scope, Config(Level.NONE)))
    ):
        outcome = race.waiting(decision)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)
    assert race.first.sequences()[scope.context] == 1


def test_given_policies_chosen_meanwhile_when_written_then_stale(race):
    decision = decided(race.second, A, STRING)

    with race.held(locked(".", lambda store: store.put_policies(A, ["KEEP"]))):
        outcome = race.waiting(decision)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)


def test_given_a_target_deleted_meanwhile_when_written_then_stale(race):
    register(race.first, A, STRING)
    decision = decided(race.second, B, REFERRING)

    with race.held(locked(".", lambda store: store.soft_delete(A, [Version(1)], 1))):
        outcome = race.waiting(decision)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)
    assert numbers(race.first, B, Visibility.ALL) == []


def test_given_a_target_in_another_context_deleted_meanwhile_when_written_then_stale(
    race,
):
    register(race.first, FAR, STRING)
    decision = decided(race.second, B, REFERRING_FAR)

    with race.held(
        locked(".far", lambda store: store.soft_delete(FAR, [Version(1)], 1))
    ):
        outcome = race.waiting(decision)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)


@pytest.mark.parametrize(
    ("target", "content"), [(A, REFERRING), (FAR, REFERRING_FAR)], ids=["near", "far"]
)
def test_given_a_reference_made_meanwhile_when_deleted_then_it_is_seen(
    race, target, content
):
    register(race.first, target, STRING)
    decision = decided(race.first, B, content)
    seen = []

    def delete(store: SchemaStore) -> None:
        store.lock(target.context)
        seen.extend(store.referrers(target, Version(1)))

    with race.held(appended(decision)):
        outcome = race.waiting(delete)

    outcome.result(PATIENCE_S)
    assert [each.subject for each in seen] == [B]


def test_given_the_content_removed_meanwhile_when_written_then_it_gets_a_new_id(race):
    register(race.first, A, STRING)
    soft_delete(race.first, A, 1)
    decision = decided(race.second, B, STRING)

    with race.held(locked(".", lambda store: store.hard_delete(A, [Version(1)]))):
        outcome = race.waiting(decision)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)
    assert register(race.second, B, STRING) == 2


def test_given_a_new_context_meanwhile_when_written_then_stale(race):
    first, second = decided(race.first, FAR, STRING), decided(race.second, FAR, STRING)

    def held(store: SchemaStore) -> None:
        store.lock(".")  # any: what comes first would be committed at once
        first(store)

    with race.held(held):
        outcome = race.waiting(second)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)
    assert register(race.second, FAR, STRING) == 1


def test_given_global_settings_changed_meanwhile_when_a_context_is_new_then_stale(race):
    decision = decided(race.second, FAR, STRING)
    everywhere = Subject("", GLOBAL_CONTEXT)

    with race.held(
        locked(GLOBAL_CONTEXT, lambda s: s.put_config(everywhere, Config(Level.NONE)))
    ):
        outcome = race.waiting(decision)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)


def test_given_a_context_made_by_a_lock_when_global_settings_change_then_they_wait(
    race,
):
    everywhere = Subject("", GLOBAL_CONTEXT)
    put = locked(GLOBAL_CONTEXT, lambda s: s.put_config(everywhere, Config(Level.NONE)))

    with race.held(locked(".far", lambda store: None)):
        outcome = race.waiting(put)

    outcome.result(PATIENCE_S)
    with race.first.read() as store:
        # Counted up: a decision from before the change does not hold any more.
        assert store.policy(FAR).revision.settings == 1


def test_given_two_that_lock_one_context_when_it_is_new_then_they_take_turns(race):
    with race.held(locked(".far", lambda store: None)):
        outcome = race.waiting(locked(".far", lambda store: None))

    outcome.result(PATIENCE_S)
    assert race.first.sequences()[".far"] == 2


def test_given_two_contexts_that_refer_to_each_other_when_both_grow_then_no_deadlock(
    race,
):
    near = Subject("near", ".near")
    for subject in (near, FAR):
        register(race.first, subject, STRING)
    first = decided(race.first, near, a_content('"n"', Reference("f", ":.far:far", 1)))
    second = decided(
        race.second, FAR, a_content('"f"', Reference("n", ":.near:near", 1))
    )

    with race.held(appended(first)):
        outcome = race.waiting(second)

    assert outcome.result(PATIENCE_S) == 2


def imported(
    transactions: SqlTransactions, subject: Subject, content: Content, schema_id: int
) -> Callable[[SchemaStore], None]:
    """Import a version, decided on what is there now."""
    with transactions.read() as store:
        policy = store.policy(subject)
    new = a_version(subject, 1, content)
    plan = Plan(new, policy, SchemaId(schema_id))
    return lambda store: importing.place(store, plan, SchemaId(schema_id), an_entry())


@pytest.mark.parametrize(
    ("content", "schema_id", "error"),
    [
        pytest.param(INT, 7, OperationNotPermittedError, id="the id"),
        pytest.param(STRING, 8, IdDoesNotMatchError, id="the content"),
    ],
)
def test_given_an_import_meanwhile_when_its_id_or_content_is_imported_then_refused(
    race, content, schema_id, error
):
    first = imported(race.first, A, STRING, 7)
    second = imported(race.second, B, content, schema_id)

    with race.held(first):
        outcome = race.waiting(second)

    with pytest.raises(error):
        outcome.result(PATIENCE_S)
    assert numbers(race.first, B, Visibility.ALL) == []


@pytest.mark.parametrize("context", [".", ".far"], ids=["known", "new context"])
def test_given_a_version_meanwhile_when_one_is_imported_then_stale(race, context):
    subject = Subject("s", context)
    second = imported(race.second, subject, STRING, 7)

    with race.held(imported(race.first, subject, INT, 3)):
        outcome = race.waiting(second)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)
    assert numbers(race.first, subject, Visibility.ALL) == [1]


def test_given_an_import_meanwhile_when_registered_then_the_id_is_above_it(race):
    second = decided(race.second, B, INT)

    with race.held(imported(race.first, A, STRING, 7)):
        outcome = race.waiting(second)

    assert outcome.result(PATIENCE_S) == 8


def test_given_a_target_deleted_meanwhile_when_its_referrer_is_imported_then_stale(
    race,
):
    register(race.first, FAR, STRING)
    second = imported(race.second, B, REFERRING_FAR, 7)
    delete = locked(".far", lambda store: store.soft_delete(FAR, [Version(1)], 1))

    with race.held(delete):
        outcome = race.waiting(second)

    with pytest.raises(StaleRevisionError):
        outcome.result(PATIENCE_S)


def test_given_a_version_meanwhile_when_all_contexts_are_emptied_then_it_is_seen(race):
    register(race.first, FAR, INT)
    soft_delete(race.first, FAR, 1)
    first = decided(race.first, FAR, STRING)
    seen = []

    def look(store: SchemaStore) -> None:
        store.lock_all()
        seen.extend(store.uses_of(FAR))

    with race.held(appended(first)):
        outcome = race.waiting(look)

    outcome.result(PATIENCE_S)
    assert [use.is_deleted for use in seen] == [True, False]


def test_given_all_contexts_are_held_when_a_new_one_is_written_in_then_it_waits(race):
    decision = decided(race.second, FAR, STRING)

    with race.held(lambda store: store.lock_all()):
        outcome = race.waiting(decision)

    assert outcome.result(PATIENCE_S) == 1
