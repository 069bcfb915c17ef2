"""Apps whose handlers write to a database: what is kept, sent and skipped together."""

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tests.doubles.bus import Desk, OrderBilled, OrderCreated, Seen, headers_of
from tests.services import postgres as service
from tests.services.redis import Redis
from tests.suites.transport import played
from wirepact import Metadata, Retry
from wirepact.database import Sql
from wirepact.handlers import HandlerError
from wirepact.inbox import keys
from wirepact.inbox.port import Standing
from wirepact.inbox.redis import RedisInbox
from wirepact.inbox.sql import SqlInbox
from wirepact.observing import Outcome
from wirepact.transports.port import Record

SOON = Retry(4, "1ms")


class Base(DeclarativeBase):
    pass


class Invoice(Base):
    __tablename__ = "invoice"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    order_id: Mapped[str]


class Receipt(Base):
    __tablename__ = "receipt"

    order_id: Mapped[str] = mapped_column(primary_key=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/billing.db"
        return
    server = request.getfixturevalue("postgres")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def database(url):
    found = Sql(url)
    prepared(found)
    yield found
    found.close_sync()


@pytest.fixture(params=[False, True], ids=["coroutine", "thread"])
def is_sync(request):
    return request.param


def prepared(database: Sql) -> None:
    with database.begin_sync() as session:
        Base.metadata.create_all(session.connection())


def count(database: Sql, table: type[Base] = Invoice) -> int:
    with database.begin_sync() as session:
        return session.query(table).count()


def in_colour(work, *, is_sync: bool):
    """Return a handler that does some work with its session, in either way."""

    def plain(event: OrderCreated, message: Metadata, session: Session):
        work(event, message, session)

    async def coroutine(event: OrderCreated, message: Metadata, session: AsyncSession):
        await session.run_sync(lambda plain: work(event, message, plain))

    return plain if is_sync else coroutine


def bill(event, _message, session):
    session.add(Invoice(order_id=event.order_id))


class Watching(Seen):
    """An observer that wakes a test up."""

    def __init__(self) -> None:
        super().__init__()
        self.was_paused = asyncio.Event()

    def paused(self, group: str, reason: str) -> None:
        super().paused(group, reason)
        self.was_paused.set()


class Meeting(RedisInbox):
    """An inbox that says when it has met a message that is in flight."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.met = asyncio.Event()

    @asynccontextmanager
    async def unit(self, consumer, keys, *, is_sync=False):
        async with super().unit(consumer, keys, is_sync=is_sync) as unit:
            if Standing.IN_FLIGHT in unit.standings:
                self.met.set()
            yield unit


def billing_app(desk, database, work=bill, *, is_sync=False, **declared):
    app = desk.app(db=database, inbox=None)
    given = {"topic": "orders", "retry": SOON, "name": "billing.bill", **declared}
    app.on(OrderCreated, **given)(in_colour(work, is_sync=is_sync))
    return app


async def message_of(app, order_id="o-1", **attributes) -> Record:
    """Return a message, to be sent as often as wanted."""
    made = await app.registry.encode(OrderCreated(order_id), "orders", **attributes)
    return Record("orders", made.value, made.key, made.headers)


def outcomes(desk) -> list[Outcome]:
    return [outcome for _, outcome in desk.seen.outcomes]


@played
async def test_a_message_that_comes_twice_is_handled_once_and_counted(
    database, is_sync
):
    desk = Desk()
    app = billing_app(desk, database, is_sync=is_sync)
    async with app.running():
        await desk.memory.send([await message_of(app)] * 3)
        await desk.idle()

    assert count(database) == 1
    assert outcomes(desk) == [Outcome.OK, Outcome.DUPLICATE, Outcome.DUPLICATE]
    assert [name for name, *_ in desk.seen.told if name == "duplicate"] == [
        "duplicate",
        "duplicate",
    ]


@played
async def test_a_handler_that_fails_leaves_nothing_and_is_tried_again(
    database, is_sync
):
    attempts = []

    def work(event, message, session):
        bill(event, message, session)
        session.flush()
        attempts.append(count_inside(session))
        if len(attempts) < 3:
            raise ValueError("not yet")

    desk = Desk()
    app = billing_app(desk, database, work, is_sync=is_sync)
    async with app.running():
        await desk.memory.send([await message_of(app)])
        await desk.idle()

    assert attempts == [1, 1, 1]
    assert count(database) == 1
    assert outcomes(desk)[-1] is Outcome.OK


def count_inside(session: Session) -> int:
    return session.query(Invoice).count()


@played
async def test_what_a_handler_publishes_is_sent_when_it_has_ended_well(database):
    desk = Desk()
    app = desk.app(db=database, inbox=None, topics={OrderBilled: "invoices"})
    failures = iter([ValueError("not yet")])

    @app.on(OrderCreated, topic="orders", retry=SOON)
    async def bill_and_tell(event: OrderCreated, session: AsyncSession):
        session.add(Invoice(order_id=event.order_id))
        await app.publish(OrderBilled(event.order_id))
        assert desk.records("invoices") == []
        for failure in failures:
            raise failure

    async with app.running():
        await desk.memory.send([await message_of(app)] * 2)
        await desk.idle()

    assert len(desk.records("invoices")) == 1
    assert count(database) == 1


@played
async def test_given_a_commit_that_fails_then_what_was_sent_is_sent_again_by_its_id(
    database,
):
    desk = Desk()
    app = desk.app(db=database, inbox=None, topics={OrderBilled: "invoices"})
    sent_before_commit: list[int] = []

    @app.on(OrderCreated, topic="orders", retry=SOON)
    async def bill_and_tell(event: OrderCreated, session: AsyncSession):
        # Written out in the end, when all that it publishes was sent. The first time
        # it is refused: somebody has written it already.
        again = "-again" if sent_before_commit else ""
        session.add(Receipt(order_id=f"{event.order_id}{again}"))
        sent_before_commit.append(len(desk.records("invoices")))
        await app.publish(OrderBilled(event.order_id))

    with database.begin_sync() as session:
        session.add(Receipt(order_id="o-1"))
    async with app.running():
        await desk.memory.send([await message_of(app)])
        await desk.idle()

    records = desk.records("invoices")
    assert sent_before_commit == [0, 1]
    assert len({headers_of(each)["ce_id"] for each in records}) == 1
    assert len(records) == 2
    assert count(database, Receipt) == 2


@played
async def test_two_workers_with_one_message_at_once_handle_it_once(database, url):
    desk = Desk()
    other_database = Sql(url)
    meeting = asyncio.Barrier(2)
    apps = [billing_app(desk, each) for each in (database, other_database)]
    made = await message_of(apps[0])
    # In two partitions, so that each of two members gets one of them.
    records = [
        Record("orders", made.value, made.key, made.headers, partition)
        for partition in range(2)
    ]

    async def serve(app):
        async with app.running():
            await meeting.wait()
            await desk.memory.send(records[:1] if app is apps[0] else records[1:])
            await desk.idle()
            await meeting.wait()

    await asyncio.gather(*map(serve, apps))

    assert count(database) == 1
    assert sorted(map(str, outcomes(desk))) == sorted(
        map(str, [Outcome.OK, Outcome.DUPLICATE])
    )


@pytest.mark.parametrize(
    "times",
    [
        (datetime(1990, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)),
        (datetime(2090, 1, 1, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC)),
    ],
)
@played
async def test_whatever_the_clocks_of_senders_say_an_id_decides_and_age_is_our_own(
    database, times
):
    desk = Desk()
    app = billing_app(desk, database)
    inbox = SqlInbox(database)
    async with app.running():
        first = await message_of(app, id="1", time=times[0])
        again = await message_of(app, id="1", time=times[1])
        other = await message_of(app, id="2", time=times[0])
        await desk.memory.send([first])
        await desk.idle()
        assert await inbox.forget(timedelta(days=1)) == 0
        await desk.memory.send([again, other])
        await desk.idle()
        assert await inbox.forget(timedelta(days=1)) == 0

    assert outcomes(desk) == [Outcome.OK, Outcome.DUPLICATE, Outcome.OK]
    assert count(database) == 2
    await inbox.close()


@played
async def test_of_a_batch_only_what_is_new_reaches_the_handler(database):
    desk = Desk()
    app = desk.app(db=database, inbox=None)
    batches = []

    @app.on(OrderCreated, topic="orders", batch=10, every="10ms", group="bulk")
    async def bill_all(events: list[OrderCreated], session: AsyncSession):
        batches.append(sorted(event.order_id for event in events))
        session.add_all(Invoice(order_id=event.order_id) for event in events)

    async with app.running():
        a, b, c = [await message_of(app, order_id) for order_id in "abc"]
        await desk.memory.send([a, b, a])
        await desk.idle()
        await desk.memory.send([b, c, c])
        await desk.idle()

    assert sorted(each for batch in batches for each in batch) == ["a", "b", "c"]
    assert count(database) == 3


@played
async def test_given_a_handler_that_is_not_idempotent_then_it_still_gets_transactions(
    database, is_sync
):
    desk = Desk()
    app = billing_app(desk, database, is_sync=is_sync, idempotent=False)
    async with app.running():
        await desk.memory.send([await message_of(app)] * 2)
        await desk.idle()

    assert count(database) == 2
    assert outcomes(desk) == [Outcome.OK] * 2


@played
async def test_more_plain_functions_than_threads_come_to_an_end(database):
    desk = Desk()
    running = []
    most = []
    lock = threading.Lock()

    def work(event, message, session):
        with lock:
            running.append(event)
            most.append(len(running))
        bill(event, message, session)
        with lock:
            running.remove(event)

    app = desk.app(db=database, inbox=None, options={"threads": 2})
    app.on(OrderCreated, topic="orders", concurrency=16)(in_colour(work, is_sync=True))
    async with app.running():
        made = [await message_of(app, f"o-{number}") for number in range(40)]
        await desk.memory.send([*made, *made])
        await desk.idle()

    assert count(database) == 40
    assert max(most) <= 2


def test_a_database_serves_one_event_loop_after_another(database):
    async def scenario():
        desk = Desk()
        app = billing_app(desk, database)
        async with app.running():
            await desk.memory.send([await message_of(app)])
            await desk.idle()

    asyncio.run(scenario())
    asyncio.run(scenario())

    assert count(database) == 2


@played
async def test_a_table_of_another_name_is_handed_in_as_the_inbox(database):
    desk = Desk()
    inbox = SqlInbox(database, table="billing_inbox")
    app = desk.app(inbox=inbox)
    app.on(OrderCreated, topic="orders")(in_colour(bill, is_sync=False))
    async with app.running():
        await desk.memory.send([await message_of(app)] * 2)
        await desk.idle()

    assert count(database) == 1
    await database.close()


@pytest.mark.postgres
@played
async def test_given_a_database_that_is_lost_then_all_waits_and_nothing_is_buried(
    postgres, is_sync
):
    with service.postgres() as server:
        database = Sql(server.url())
        prepared(database)
        desk = Desk()
        desk.seen = Watching()
        app = billing_app(desk, database, is_sync=is_sync)
        async with app.running():
            made = [await message_of(app, f"o-{number}") for number in range(20)]
            await desk.memory.send(made[:10])
            await desk.idle()
            server.kill()
            await desk.memory.send(made)
            await desk.seen.was_paused.wait()
            server.start()
            await desk.idle()

        assert count(database) == 20
        assert outcomes(desk).count(Outcome.OK) == 20
        assert outcomes(desk).count(Outcome.DUPLICATE) == 10
        assert Outcome.DEAD not in outcomes(desk)
        assert ("resumed", "billing") in desk.seen.told
        database.close_sync()


@pytest.mark.redis
@played
async def test_given_a_message_in_flight_elsewhere_then_it_waits_and_is_not_skipped(
    redis: Redis,
):
    url = redis.create_database()
    inbox, other = Meeting(url), RedisInbox(url)
    desk = Desk()
    app = desk.app(inbox=inbox)
    handled = []

    @app.on(OrderCreated, topic="orders", name="billing.bill")
    async def remember(event: OrderCreated):
        handled.append(event.order_id)

    async def fail_elsewhere(key: str, begun: asyncio.Event) -> None:
        async with other.unit("billing.bill", [key]):
            begun.set()
            await inbox.met.wait()
            assert handled == []
            raise ValueError("not here")

    async with app.running():
        record = await message_of(app, id="1")
        begun = asyncio.Event()
        failing = asyncio.create_task(
            fail_elsewhere(keys.of_message("/billing", "1"), begun)
        )
        await begun.wait()
        await desk.memory.send([record])
        with pytest.raises(ValueError, match="not here"):
            await failing
        await desk.idle()

    assert handled == ["o-1"]
    assert outcomes(desk) == [Outcome.OK]
    await other.close()


@played
async def test_given_an_inbox_without_transactions_then_no_handler_is_given_one(
    tmp_path,
):
    desk = Desk()
    app = desk.app(db=Sql(f"sqlite:///{tmp_path}/a.db"))

    with pytest.raises(HandlerError, match="asks for a transaction"):
        app.on(OrderCreated, topic="orders")(in_colour(bill, is_sync=False))


@played
async def test_given_a_session_of_the_other_kind_then_the_handler_is_refused(database):
    app = Desk().app(db=database, inbox=None)

    with pytest.raises(HandlerError, match="of AsyncSession, not Session"):

        @app.on(OrderCreated, topic="orders")
        async def waiting(event: OrderCreated, session: Session): ...

    with pytest.raises(HandlerError, match="of Session, not AsyncSession"):

        @app.on(OrderCreated, topic="orders")
        def plain(event: OrderCreated, session: AsyncSession): ...
