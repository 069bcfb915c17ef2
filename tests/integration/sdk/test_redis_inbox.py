"""Leases of handled messages in Redis: who has them, who loses them, what is left."""

import asyncio
import logging
from datetime import timedelta

import pytest
from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from tests.services import redis as service
from tests.services.redis import Redis
from tests.suites.inbox import DONE, IN_FLIGHT, NEW, HandlerError
from tests.suites.transport import played
from wirepact import InboxUnavailableError
from wirepact.inbox.redis import RedisInbox

pytestmark = pytest.mark.redis

KEY = "wirepact:inbox:{billing}:m"
WORD = "s3cret"


@pytest.fixture
def url(redis: Redis):
    return redis.create_database()


@pytest.fixture
def own_server(redis: Redis):
    """A server that a test may kill; the session's one says if there can be one."""
    with service.redis() as server:
        yield server


def impatient(url: str) -> Client:
    """Return a client that tries once."""
    return Client.from_url(url, retry=Retry(NoBackoff(), 0))


async def handled(inbox: RedisInbox, *keys: str):
    async with inbox.unit("billing", keys or ("m",)) as unit:
        return list(unit.standings)


class Beats:
    """The pauses between signs of life, each of which a test ends."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._begun = asyncio.Semaphore(0)
        self._ended = asyncio.Semaphore(0)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._begun.release()
        await self._ended.acquire()

    async def one(self) -> None:
        """Return when one more sign of life was given, or could not be."""
        await self._begun.acquire()
        self._ended.release()
        await self._begun.acquire()
        self._begun.release()


@played
async def test_while_a_handler_runs_its_lease_is_prolonged(url):
    beats = Beats()
    inbox = RedisInbox(url, lease_s=60, sleep=beats)
    async with Client.from_url(url) as asking, inbox.unit("billing", ["m"]):
        before = await asking.pttl(KEY)
        await asking.pexpire(KEY, 10_000)
        await beats.one()
        after = await asking.pttl(KEY)

    assert beats.seconds == [20, 20]
    assert before <= 60_000
    assert 10_000 < after <= 60_000
    await inbox.close()


@played
async def test_given_a_lease_that_ran_out_when_prolonged_then_it_is_taken_again(url):
    beats = Beats()
    inbox, other = RedisInbox(url, sleep=beats), RedisInbox(url)
    async with Client.from_url(url) as asking, inbox.unit("billing", ["m"]):
        await asking.delete(KEY)
        await beats.one()

        assert await handled(other) == [IN_FLIGHT]
    await inbox.close()
    await other.close()


@played
async def test_what_is_handled_is_known_for_the_retention(url):
    inbox = RedisInbox(url, retention=timedelta(days=3))
    await handled(inbox)
    async with Client.from_url(url) as asking:
        left = timedelta(milliseconds=await asking.pttl(KEY))
        held = await asking.get(KEY)

    assert held == b"done"
    assert timedelta(days=3) - timedelta(minutes=5) < left <= timedelta(days=3)
    await inbox.close()


@played
async def test_given_a_lost_lease_when_the_handler_ends_then_it_leaves_the_others(
    url, caplog
):
    inbox, other = RedisInbox(url), RedisInbox(url)
    async with Client.from_url(url) as asking:
        slow = inbox.unit("billing", ["m"])
        await slow.__aenter__()
        await asking.delete(KEY)
        async with other.unit("billing", ["m"]) as unit:
            assert unit.standings == [NEW]
            token = await asking.get(KEY)
            with caplog.at_level(logging.WARNING, "wirepact.inbox.redis"):
                await slow.__aexit__(None, None, None)

            assert await asking.get(KEY) == token

    assert "others have begun" in caplog.text
    assert await handled(inbox) == [DONE]
    await inbox.close()
    await other.close()


@played
async def test_given_a_lost_lease_when_the_handler_fails_then_the_others_stays(url):
    inbox, other = RedisInbox(url), RedisInbox(url)
    failure = HandlerError()
    async with Client.from_url(url) as asking:
        slow = inbox.unit("billing", ["m"])
        await slow.__aenter__()
        await asking.delete(KEY)
        async with other.unit("billing", ["m"]):
            token = await asking.get(KEY)
            assert not await slow.__aexit__(HandlerError, failure, None)

            assert await asking.get(KEY) == token
    await inbox.close()
    await other.close()


@played
async def test_given_a_lease_that_ran_out_and_nobody_took_then_it_counts_as_handled(
    url,
):
    inbox = RedisInbox(url)
    async with Client.from_url(url) as asking, inbox.unit("billing", ["m"]):
        await asking.delete(KEY)

    assert await handled(inbox) == [DONE]
    await inbox.close()


@pytest.mark.parametrize("decodes", [True, False])
@played
async def test_a_client_of_the_users_own_is_used_and_left_open(url, decodes):
    async with Client.from_url(url, decode_responses=decodes) as client:
        inbox = RedisInbox(client, prefix="shop")
        found = [await handled(inbox), await handled(inbox)]
        await inbox.close()

        assert found == [[NEW], [DONE]]
        assert await client.exists("shop:{billing}:m") == 1


@played
async def test_given_a_server_that_is_gone_then_the_inbox_is_out_until_it_is_back(
    own_server: Redis,
):
    async with impatient(own_server.url()) as client:
        inbox = RedisInbox(client)
        await handled(inbox)
        own_server.kill()
        with pytest.raises(InboxUnavailableError):
            await inbox.prepare()
        with pytest.raises(InboxUnavailableError):
            await handled(inbox)

        own_server.start()

        assert await handled(inbox, "m", "n") == [DONE, NEW]


@played
async def test_given_a_server_that_goes_meanwhile_then_what_was_done_is_done_again(
    own_server: Redis,
):
    async with impatient(own_server.url()) as client:
        inbox = RedisInbox(client)

        async def handle() -> None:
            async with inbox.unit("billing", ["m"]):
                own_server.kill()

        with pytest.raises(InboxUnavailableError):
            await handle()
        own_server.start()
        assert await handled(inbox) == [IN_FLIGHT]
        # The lease runs out.
        await client.delete(KEY)

        assert await handled(inbox) == [NEW]


@played
async def test_given_a_handler_that_fails_while_the_server_is_gone_then_it_is_that(
    own_server: Redis, caplog
):
    async with impatient(own_server.url()) as client:
        inbox = RedisInbox(client)

        async def handle() -> None:
            async with inbox.unit("billing", ["m"]):
                own_server.kill()
                raise HandlerError

        with (
            caplog.at_level(logging.WARNING, "wirepact.inbox.redis"),
            pytest.raises(HandlerError),
        ):
            await handle()

    assert "could not be given back" in caplog.text


@played
async def test_given_a_sign_of_life_that_fails_then_the_handler_goes_on(
    own_server: Redis, caplog
):
    beats = Beats()
    async with impatient(own_server.url()) as client:
        inbox = RedisInbox(client, sleep=beats)
        with caplog.at_level(logging.WARNING, "wirepact.inbox.redis"):
            async with inbox.unit("billing", ["m"]):
                own_server.kill()
                await beats.one()
                own_server.start()

        assert "could not be prolonged" in caplog.text
        assert await handled(inbox) == [DONE]


@played
async def test_given_a_wrong_password_then_the_error_does_not_repeat_it(redis: Redis):
    with service.redis(requirepass="another") as server:
        inbox = RedisInbox(f"redis://user:{WORD}@127.0.0.1:{server.port}/0")
        with pytest.raises(InboxUnavailableError) as out:
            await inbox.prepare()
        await inbox.close()

    assert out.value.what == f"redis://127.0.0.1:{server.port}/0"
    assert WORD not in f"{out.value} {inbox!r}"


@pytest.mark.parametrize(
    "url", [f"http://:{WORD}@localhost", f"redis://:a/{WORD}@localhost:port"]
)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(url):
    with pytest.raises(ValueError, match="redis://") as refused:
        RedisInbox(url)

    assert WORD not in str(refused.value)


@pytest.mark.parametrize(
    "options", [{"lease_s": 0}, {"lease_s": -1}, {"retention": timedelta(0)}]
)
def test_a_lease_and_a_retention_last_for_a_while(options):
    with pytest.raises(ValueError, match="too short"):
        RedisInbox("redis://localhost", **options)
