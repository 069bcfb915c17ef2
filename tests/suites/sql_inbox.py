"""What a handler may rely on that writes to the database of its inbox.

A subclass brings the fixture `url`, of an empty database.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tests.suites.inbox import DONE, NEW, HandlerError, InboxSuite, Stage
from tests.suites.transport import played
from wirepact import InboxUnavailableError
from wirepact.database import Sql, TransactionEndedError
from wirepact.inbox import sql as sql_inbox
from wirepact.inbox.port import Unit
from wirepact.inbox.sql import InboxTableError, SqlInbox

Value = TypeVar("Value")
Handler = Callable[[Unit], Awaitable[None]]


class Base(DeclarativeBase):
    pass


class Invoice(Base):
    __tablename__ = "invoice"

    order_id: Mapped[str] = mapped_column(primary_key=True)


class Worker(SqlInbox):
    """An inbox that closes its database, which nobody else has."""

    def __init__(self, database: Sql, **more: str) -> None:
        super().__init__(database, **more)
        self.database = database

    async def close(self) -> None:
        await super().close()
        await self.database.close()


async def act(unit: Unit, function: Callable[[Session], Value]) -> Value:
    """Do what a handler does, in a coroutine or in a thread."""
    session = unit.transaction
    if isinstance(session, AsyncSession):
        return await session.run_sync(function)
    return await asyncio.to_thread(function, session)


async def bill(unit: Unit) -> None:
    await act(unit, lambda session: session.add(Invoice(order_id="o-1")))


async def rolling_back(unit: Unit) -> None:
    await act(unit, Session.rollback)
    await bill(unit)


def failing(last: Callable[[Session], None]) -> Handler:
    """Return a handler that bills, does one thing more, and fails."""

    async def handle(unit: Unit) -> None:
        await bill(unit)
        await act(unit, last)
        raise HandlerError

    return handle


def says(statement: str) -> Handler:
    """Return a handler that says something to the database."""

    async def handle(unit: Unit) -> None:
        await act(unit, lambda session: session.execute(text(statement)))

    return handle


class SqlInboxSuite(InboxSuite):
    @pytest.fixture
    def url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def connect(self, url):
        return lambda: Worker(Sql(url, pool_size=4))

    @pytest.fixture
    def invoices(self, url):
        """Return how many orders have been billed."""
        database = Sql(url)
        with database.begin_sync() as session:
            Base.metadata.create_all(session.connection())

        def count() -> int:
            with database.begin_sync() as session:
                return session.query(Invoice).count()

        yield count
        database.close_sync()

    @played
    async def test_a_handler_gets_a_session_of_its_own_kind(self, stage: Stage):
        async with stage, stage.unit("m") as unit:
            kind = Session if self.is_sync else AsyncSession
            assert isinstance(unit.transaction, kind)

    @played
    async def test_effects_and_the_note_are_committed_together(self, stage, invoices):
        async with stage:
            await stage.handle(bill, "m")

            assert await stage.handled("m") == [DONE]
        assert invoices() == 1

    @played
    async def test_effects_and_the_note_are_rolled_back_together(self, stage, invoices):
        async with stage:
            with pytest.raises(HandlerError):
                await stage.handle(failing(Session.flush), "m")

            assert await stage.handled("m") == [NEW]
        assert invoices() == 0

    @played
    async def test_given_a_handler_that_commits_then_its_transaction_goes_on(
        self, stage, invoices
    ):
        async with stage:
            with pytest.raises(HandlerError):
                await stage.handle(failing(Session.commit), "m")

            assert await stage.handled("m") == [NEW]
        assert invoices() == 0

    @played
    async def test_given_a_handler_that_rolls_back_then_it_is_told_to_raise(
        self, stage, invoices
    ):
        async with stage:
            with pytest.raises(TransactionEndedError, match="raise an error"):
                await stage.handle(rolling_back, "m")

            assert await stage.handled("m") == [NEW]
        assert invoices() == 0

    @played
    async def test_given_a_part_that_fails_by_itself_then_the_rest_is_kept(
        self, stage, invoices
    ):
        def bill_twice(session: Session) -> None:
            session.add(Invoice(order_id="o-1"))
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(text("INSERT INTO invoice VALUES ('o-1')"))

        async with stage:
            await stage.handle(lambda unit: act(unit, bill_twice), "m")

            assert await stage.handled("m") == [DONE]
        assert invoices() == 1

    @played
    async def test_given_a_mistake_of_the_handler_then_it_is_no_outage(
        self, stage, invoices
    ):
        async with stage:
            await stage.handle(bill, "m")
            with pytest.raises(IntegrityError):
                await stage.handle(bill, "n")

            assert await stage.handled("n") == [NEW]
        assert invoices() == 1

    @played
    async def test_given_more_than_a_batch_when_forgotten_then_all_is(
        self, stage: Stage, monkeypatch
    ):
        monkeypatch.setattr(sql_inbox, "BATCH", 10)
        async with stage:
            await stage.handled(*(f"m{number}" for number in range(25)))
            other = await stage.connected()

            counts = await asyncio.gather(
                stage.inbox.forget(timedelta(0)), other.forget(timedelta(0))
            )
            rest = await stage.inbox.forget(timedelta(0))

        assert sum(counts) + rest == 25

    @played
    async def test_given_a_negative_age_then_nothing_is_forgotten(self, stage: Stage):
        async with stage:
            await stage.handled("m")
            with pytest.raises(ValueError, match="negative"):
                await stage.inbox.forget(timedelta(seconds=-1))

            assert await stage.handled("m") == [DONE]

    @played
    async def test_tables_of_other_names_are_apart(self, url, stage: Stage):
        other = Worker(Sql(url), table="billing_inbox")
        async with stage:
            await other.prepare()
            await stage.handled("m")

            assert await stage.handled("m", on=other) == [NEW]
            await other.close()

    @pytest.mark.parametrize("name", ["", "Inbox", "in box", 'a"b', "a:b", "x" * 64])
    def test_names_that_would_need_quotes_are_refused(self, url, name):
        with pytest.raises(ValueError, match="lower-case"):
            SqlInbox(Sql(url), table=name)

    @played
    async def test_given_a_table_that_is_gone_then_the_inbox_is_out_and_says_so(
        self, stage: Stage
    ):
        async with stage:
            await stage.handle(says("DROP TABLE wirepact_inbox"), "m")

            with pytest.raises(InboxTableError, match="CREATE TABLE") as refused:
                await stage.handled("n")

            assert isinstance(refused.value, InboxUnavailableError)
            await stage.inbox.prepare()
            assert await stage.handled("n") == [NEW]

    @played
    async def test_given_a_table_without_its_unique_key_then_it_is_refused(
        self, stage, connect
    ):
        async with stage:
            await stage.handle(says("DROP TABLE wirepact_inbox"), "m")
            database = stage.inbox.database
            with database.begin_sync() as session:
                session.execute(
                    text(
                        "CREATE TABLE wirepact_inbox"
                        " (consumer text, message_id text, seen_at timestamp)"
                    )
                )
            other = connect()

            with pytest.raises(InboxTableError):
                await other.prepare()
            await other.close()

    @played
    async def test_the_statements_that_are_shown_make_the_table(
        self, url, connect, monkeypatch
    ):
        inbox = connect()
        database = Sql(url)
        with database.begin_sync() as session:
            for statement in filter(str.strip, inbox.ddl.split(";")):
                session.execute(text(statement))
        database.close_sync()
        # Only what must not happen any more is taken away: making it.
        monkeypatch.setattr(inbox, "_create", None)

        await inbox.prepare()
        async with inbox.unit("billing", ["m"], is_sync=self.is_sync) as unit:
            assert unit.standings == [NEW]
        await inbox.close()

    @played
    async def test_given_those_who_wait_and_are_cancelled_then_the_pool_is_whole(
        self, stage: Stage
    ):
        async with stage:
            other = await stage.connected()
            async with stage.unit("m"):
                waiting = [
                    asyncio.create_task(stage.handled("m", on=other)) for _ in range(9)
                ]
                await asyncio.wait(waiting, timeout=0.1)
                for each in waiting:
                    each.cancel()
            await asyncio.wait(waiting)

            found = await asyncio.gather(
                *(stage.handled(f"m{number}", on=other) for number in range(9))
            )

        assert found == [[NEW]] * 9
