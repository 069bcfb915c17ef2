"""The database goes away and comes back."""

import logging
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event

from registry.application.changes import Changes
from registry.application.ports import SchemaStore
from registry.application.stored import StaleRevisionError
from registry.domain.configuration import Config
from registry.domain.errors import StoreUnavailableError
from registry.domain.levels import Level
from registry.domain.model import Subject
from registry.storage import migrations
from registry.storage.engine import SqlTransactions, connect
from registry.storage.faults import ConnectionLostError
from registry.storage.link import Link
from registry.storage.poller import Poller
from tests.services import postgres as service
from tests.services.postgres import Postgres
from tests.suites.registering import a_content, an_entry, decided, register

A, B = Subject("a"), Subject("b")
STRING, INT = a_content('"string"'), a_content('"int"')


def cut_off(url: str) -> None:
    """End all other sessions of a database, as an administrator may."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def transactions(postgres_url: str) -> Iterator[SqlTransactions]:
    with closing(SqlTransactions(connect(postgres_url), Changes())) as found:
        yield found


@pytest.mark.postgres
def test_given_idle_sessions_cut_off_when_read_then_it_is_not_noticed(
    transactions, postgres_url
):
    register(transactions, A, STRING)
    with transactions.read() as one, transactions.read() as other:
        assert one.max_id(".") == other.max_id(".") == 1
    cut_off(postgres_url)

    with transactions.read() as one, transactions.read() as other:
        assert one.find_latest(A) == other.find_latest(A) is not None


@pytest.mark.postgres
def test_given_a_session_cut_off_when_a_list_is_read_then_it_is_not_noticed(
    transactions, postgres_url
):
    register(transactions, A, STRING)
    cut_off(postgres_url)

    assert transactions.sequences()["."] == 1
    with transactions.read() as store:
        assert store.policy(A).revision.subject == 1


@pytest.mark.postgres
def test_given_a_session_cut_off_when_written_then_the_act_is_run_again(
    transactions, postgres_url
):
    register(transactions, A, STRING)
    decision = decided(transactions, A, INT)
    cut_off(postgres_url)

    assert transactions.write(decision) == 2


@pytest.mark.postgres
def test_given_a_session_cut_off_in_the_middle_when_run_again_then_written_once(
    transactions, postgres_url
):
    runs = []

    def act(store: SchemaStore) -> None:
        store.lock(".")
        runs.append(1)
        if len(runs) == 1:
            cut_off(postgres_url)
        decision(store)

    decision = decided(transactions, A, STRING)

    transactions.write(act)

    assert len(runs) == 2
    assert transactions.sequences()["."] == 1


@pytest.mark.postgres
def test_given_an_unknown_outcome_when_run_again_then_stale_not_twice(
    transactions, postgres_url
):
    decision = decided(transactions, A, STRING)
    transactions.write(decision)

    with pytest.raises(StaleRevisionError):
        transactions.write(decision)

    assert register(transactions, B, STRING) == 1


def lose_a_commit(monkeypatch: pytest.MonkeyPatch, *, got_through: bool) -> None:
    """Cut the line once while it is committed, which has got through or not.

    No database lets itself be cut off at that moment on purpose.
    """
    real = Link.commit

    def unanswered(link: Link) -> None:
        monkeypatch.setattr(Link, "commit", real)
        if got_through:
            real(link)
        link.abandon()
        raise ConnectionLostError

    monkeypatch.setattr(Link, "commit", unanswered)


@pytest.mark.parametrize("got_through", [True, False])
def test_given_a_commit_without_an_answer_when_it_is_looked_up_then_written_once(
    url, monkeypatch, got_through
):
    changes = Changes()
    runs = []

    def act(store: SchemaStore) -> int:
        store.lock(".")
        store.put_config(A, Config(Level.NONE))
        store.record(".", an_entry())
        runs.append(1)
        return len(runs)

    with closing(SqlTransactions(connect(url), changes)) as transactions:
        register(transactions, B, STRING)
        lose_a_commit(monkeypatch, got_through=got_through)

        assert transactions.write(act) == (1 if got_through else 2)

        assert len(runs) == (1 if got_through else 2)
        assert transactions.sequences()["."] == changes.seen(".") == 2


def test_given_a_commit_without_an_answer_when_another_took_its_number_then_run_again(
    url, monkeypatch
):
    def act(store: SchemaStore) -> None:
        store.lock(".")
        store.put_config(A, Config(Level.NONE))
        store.record(".", an_entry("a"))

    with closing(SqlTransactions(connect(url), Changes())) as transactions:
        # The first pause comes after the lost commit, and before the second run.
        waiting = SqlTransactions(
            connect(url),
            Changes(),
            sleep=lambda _: transactions.write(lambda store: _note(store, "b")),
        )
        lose_a_commit(monkeypatch, got_through=False)
        with closing(waiting):
            waiting.write(act)

        with transactions.read() as store:
            assert store.find_config(A) == Config(Level.NONE)
        assert transactions.sequences()["."] == 2


def _note(store: SchemaStore, target: str) -> None:
    store.record(".", an_entry(target))


@pytest.fixture
def own_server(postgres: Postgres) -> Iterator[Postgres]:
    """A server that a test may stop; the session's one decides about a missing one."""
    with service.postgres() as server:
        yield server


@pytest.mark.postgres
def test_given_a_stopped_server_when_used_then_unavailable_until_it_is_back(
    own_server, caplog
):
    url = own_server.create_database()
    migrations.upgrade(url)
    changes = Changes()
    clock = _Clock()
    engine = connect(url, monotonic=clock)
    with closing(SqlTransactions(engine, changes)) as transactions:
        poller = Poller(transactions.sequences, changes)
        register(transactions, A, STRING)
        decision = decided(transactions, A, INT)
        poller.poll()
        states = [poller.is_connected]

        own_server.stop(immediately=True)
        with pytest.raises(StoreUnavailableError), transactions.read() as store:
            store.find_latest(A)
        with pytest.raises(StoreUnavailableError):
            transactions.write(decision)
        with caplog.at_level(logging.WARNING):
            poller.poll()
            poller.poll()
        states.append(poller.is_connected)

        own_server.start()
        clock.now = 2
        with caplog.at_level(logging.WARNING):
            poller.poll()
        states.append(poller.is_connected)
        assert transactions.write(decision) == 2
        assert states == [True, False, True]
        assert [each.message for each in caplog.records] == [
            "database lost",
            "database back",
        ]


class _Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_given_no_server_when_read_then_unavailable_and_no_password_is_told():
    url = "postgresql://ann:secret@127.0.0.1:1/x"
    with closing(SqlTransactions(connect(url), Changes())) as transactions:
        for _ in range(2):
            with pytest.raises(StoreUnavailableError) as caught:
                transactions.sequences()

            assert "secret" not in f"{caught.value} {caught.value.__cause__!r}"


@pytest.mark.postgres
def test_given_the_first_session_cut_off_at_once_when_read_then_unavailable(
    postgres_url,
):
    engine = connect(postgres_url)
    # Before SQLAlchemy asks the new session for what the server can do.
    event.listen(engine, "connect", lambda *_: cut_off(postgres_url), insert=True)

    with (
        closing(SqlTransactions(engine, Changes())) as transactions,
        pytest.raises(StoreUnavailableError),
    ):
        transactions.sequences()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_given_a_read_only_file_when_written_then_unavailable(
    sqlite_url: str, tmp_path: Path
):
    (tmp_path / "wirepact.db").chmod(0o400)
    tmp_path.chmod(0o500)
    with (
        closing(SqlTransactions(connect(sqlite_url), Changes())) as transactions,
        pytest.raises(StoreUnavailableError),
    ):
        register(transactions, A, STRING)


def test_given_a_file_kept_locked_when_written_then_unavailable_in_the_end(sqlite_url):
    pauses: list[float] = []
    waiting = connect(sqlite_url, busy_timeout_ms=1)
    holding = SqlTransactions(connect(sqlite_url), Changes())
    with closing(SqlTransactions(waiting, Changes(), sleep=pauses.append)) as other:
        decision = decided(other, A, STRING)

        def hold(store: SchemaStore) -> None:
            store.lock(".")
            with pytest.raises(StoreUnavailableError):
                other.write(decision)

        holding.write(hold)
        holding.close()

        assert len(pauses) == 5
        assert other.write(decision) == 1
