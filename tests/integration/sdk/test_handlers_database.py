"""The database of handlers on a PostgreSQL: gone, read-only, or of few rights."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.services import postgres as service
from tests.services.ports import free_port
from tests.services.postgres import Postgres
from tests.suites.inbox import DONE, NEW
from tests.suites.sql_inbox import Worker, act
from tests.suites.transport import played
from wirepact import InboxUnavailableError, OutageError
from wirepact.database import Sql
from wirepact.inbox.sql import InboxTableError

pytestmark = pytest.mark.postgres

WORD = "s3cret"


@pytest.fixture(params=[False, True], ids=["coroutine", "thread"])
def is_sync(request):
    return request.param


@pytest.fixture
def url(postgres: Postgres):
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="module")
def own_server(postgres: Postgres):
    """A server that tests may kill; the session's one says if there can be one."""
    with service.postgres() as server:
        yield server


def administer(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextmanager
def a_role(url: str, *rights: str) -> Iterator[str]:
    """Make a role that may do what is said, and return the URL by which it logs in."""
    administer(url, "CREATE ROLE worker LOGIN", *rights)
    try:
        yield url.replace("postgres@", "worker@")
    finally:
        administer(url, "DROP OWNED BY worker", "DROP ROLE worker")


async def handled(inbox: Worker, *keys: str, is_sync: bool = False):
    async with inbox.unit("billing", keys, is_sync=is_sync) as unit:
        await act(unit, lambda session: session.execute(text("SELECT 1")))
        return list(unit.standings)


async def back(inbox: Worker, *keys: str, is_sync: bool):
    """Return how messages stand, when the first that notice the outage have done so."""
    try:
        return await handled(inbox, *keys, is_sync=is_sync)
    except InboxUnavailableError:
        # All connections of before are thrown away with the first that fails.
        return await handled(inbox, *keys, is_sync=is_sync)


@played
async def test_given_a_server_that_is_gone_then_the_inbox_is_out_until_it_is_back(
    own_server: Postgres, is_sync
):
    inbox = Worker(Sql(own_server.create_database()))
    await inbox.prepare()
    await handled(inbox, "m", is_sync=is_sync)
    own_server.kill()

    with pytest.raises(InboxUnavailableError) as out:
        await handled(inbox, "n", is_sync=is_sync)
    with pytest.raises(InboxUnavailableError):
        await inbox.prepare()
    with pytest.raises(InboxUnavailableError):
        await inbox.forget(timedelta(0))

    own_server.start()
    assert await back(inbox, "m", "n", is_sync=is_sync) == [DONE, NEW]
    assert out.value.what == inbox.database.name
    await inbox.close()


@played
async def test_given_a_server_that_goes_while_it_is_asked_then_nothing_is_noted_down(
    own_server: Postgres, is_sync
):
    inbox = Worker(Sql(own_server.create_database()))
    await inbox.prepare()

    async def handle() -> None:
        async with inbox.unit("billing", ["m"], is_sync=is_sync) as unit:
            own_server.kill()
            await act(unit, lambda session: session.execute(text("SELECT 1")))

    with pytest.raises(InboxUnavailableError):
        await handle()

    own_server.start()
    assert await back(inbox, "m", is_sync=is_sync) == [NEW]
    await inbox.close()


@played
async def test_given_a_server_that_goes_before_the_commit_then_nothing_is_noted_down(
    own_server: Postgres, is_sync
):
    inbox = Worker(Sql(own_server.create_database()))
    await inbox.prepare()

    async def handle() -> None:
        async with inbox.unit("billing", ["m"], is_sync=is_sync):
            own_server.kill()

    with pytest.raises(InboxUnavailableError):
        await handle()

    own_server.start()
    assert await back(inbox, "m", is_sync=is_sync) == [NEW]
    await inbox.close()


@played
async def test_given_a_session_that_is_cut_off_then_the_inbox_is_out(url, is_sync):
    inbox = Worker(Sql(url))
    await inbox.prepare()

    async def handle() -> None:
        async with inbox.unit("billing", ["m"], is_sync=is_sync) as unit:
            pid = await act(
                unit, lambda session: session.scalar(text("SELECT pg_backend_pid()"))
            )
            administer(url, f"SELECT pg_terminate_backend({pid})")

    with pytest.raises(InboxUnavailableError):
        await handle()

    assert await back(inbox, "m", is_sync=is_sync) == [NEW]
    await inbox.close()


@played
async def test_given_a_database_that_is_read_only_then_the_inbox_is_out(url, is_sync):
    inbox = Worker(Sql(url))
    await inbox.prepare()
    await inbox.database.close()
    name = url.rpartition("/")[2]
    administer(url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')

    with pytest.raises(InboxUnavailableError, match="read-only"):
        await handled(inbox, "m", is_sync=is_sync)
    with pytest.raises(InboxUnavailableError, match="read-only"):
        await inbox.prepare()
    await inbox.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: f"{url}_missing", "does not exist"),
        (lambda url: url.replace("postgres@", f"nobody:{WORD}@"), "nobody"),
        (lambda url: re.sub(r":\d+/", f":{free_port()}/", url), "refused"),
    ],
)
@played
async def test_given_a_place_that_cannot_be_entered_then_it_is_an_outage(
    url, change, words
):
    inbox = Worker(Sql(change(url)))

    with pytest.raises(InboxUnavailableError, match=words) as out:
        await inbox.prepare()
    with pytest.raises(OutageError, match=words), inbox.database.begin_sync():
        pass

    assert WORD not in f"{out.value} {out.value.__cause__} {inbox.database!r}"
    await inbox.close()


@played
async def test_given_a_role_that_makes_no_tables_then_one_that_is_there_is_enough(url):
    owner = Worker(Sql(url))
    await owner.prepare()
    rights = "GRANT SELECT, INSERT, DELETE ON wirepact_inbox TO worker"
    with a_role(url, rights) as worker_url:
        worker = Worker(Sql(worker_url))
        await worker.prepare()

        assert await handled(worker, "m") == [NEW]
        assert await worker.forget(timedelta(0)) == 1
        await worker.close()
    await owner.close()


@played
async def test_given_a_role_without_rights_and_no_table_then_it_is_told_what_to_make(
    url,
):
    with a_role(url) as worker_url:
        worker = Worker(Sql(worker_url))
        with pytest.raises(InboxTableError, match="permission denied") as refused:
            await worker.prepare()
        await worker.close()
        administer(
            url,
            str(refused.value.ddl),
            "GRANT SELECT, INSERT, DELETE ON wirepact_inbox TO worker",
        )

        await worker.prepare()
        await worker.close()


@played
async def test_given_a_table_that_it_may_not_write_to_then_the_role_is_told(url):
    owner = Worker(Sql(url))
    await owner.prepare()
    with a_role(url) as worker_url:
        worker = Worker(Sql(worker_url))
        with pytest.raises(InboxTableError, match="permission denied for table"):
            await worker.prepare()
        await worker.close()
    await owner.close()


@played
async def test_the_table_can_be_kept_in_a_schema_of_its_own(url):
    inbox = Worker(Sql(url), schema="bus", table="seen")
    with pytest.raises(InboxTableError, match='schema "bus" does not exist'):
        await inbox.prepare()
    administer(url, "CREATE SCHEMA bus")

    await inbox.prepare()

    assert await handled(inbox, "m") == [NEW]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT message_id FROM bus.seen").fetchall() == [
            ("m",)
        ]
    await inbox.close()


@played
async def test_a_statement_that_is_wrong_is_no_outage(url, is_sync):
    inbox = Worker(Sql(url))
    await inbox.prepare()

    async def handle() -> None:
        async with inbox.unit("billing", ["m"], is_sync=is_sync) as unit:
            await act(unit, lambda session: session.execute(text("SELECT no_such")))

    with pytest.raises(ProgrammingError):
        await handle()

    assert await handled(inbox, "m", is_sync=is_sync) == [NEW]
    await inbox.close()


@played
async def test_through_a_pooler_nothing_is_kept_on_a_session(url):
    inbox = Worker(Sql(f"{url}?pgbouncer=true"))
    await inbox.prepare()
    for number in range(8):
        await handled(inbox, f"m{number}")

    async with inbox.database.begin() as session:
        prepared = text("SELECT count(*) FROM pg_prepared_statements")
        assert await session.scalar(prepared) == 0
    await inbox.close()


@played
async def test_options_of_the_url_reach_the_server(url):
    database = Sql(f"{url}?options=-c%20search_path%3Dbus&application_name=orders")

    async with database.begin() as session:
        found = [
            await session.scalar(text(f"SHOW {name}"))
            for name in ("search_path", "application_name", "tcp_keepalives_idle")
        ]

    assert found == ["bus", "orders", "10"]
    await database.close()
