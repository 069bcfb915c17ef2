"""Real sockets, and a registry that is killed, hangs, flaps or is something else."""

import asyncio
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.services.ports import free_port
from tests.services.stub import Said, stub
from tests.suites.registry_client import Awaiting
from wirepact import errors
from wirepact.async_client import AsyncRegistryClient
from wirepact.bundle import bundle_of
from wirepact.cache import CachePolicy
from wirepact.client import RegistryClient
from wirepact.retry import RetryPolicy, Surroundings
from wirepact.schemas import RegisteredSchema, Schema

SCHEMA = Schema('{"type":"record","name":"A","fields":[]}')
QUICK = RetryPolicy(first_pause_s=0.001, longest_pause_s=0.001)
ONCE = RetryPolicy(attempts=1, read_timeout_s=0.2, total_timeout_s=5.0)
BUNDLE = bundle_of([RegisteredSchema("orders-value", 1, 7, SCHEMA)], {})


@contextmanager
def blocking(url, **options):
    with RegistryClient(url, **options) as client:
        yield client


@contextmanager
def awaited(url, **options):
    with asyncio.Runner() as runner:
        client = AsyncRegistryClient(url, **options)
        yield Awaiting(client, runner)
        runner.run(client.close())


both = pytest.mark.parametrize("colour", [blocking, awaited])


def schema_of(asked):
    """Answer ids, and latest versions, as a registry with one schema."""
    content = {"schema": SCHEMA.text, "schemaType": "AVRO"}
    if asked.path.startswith("/schemas/ids/"):
        return Said(body=content)
    return Said(body={"subject": "orders-value", "version": 1, "id": 7, **content})


@both
def test_given_a_killed_registry_when_an_id_is_known_then_it_still_is(colour):
    with stub(schema_of) as server, colour(server.url, retries=QUICK) as client:
        client.get_schema(7)
        known = client.get_latest("orders-value")

        server.kill()

        assert client.get_schema(7) == SCHEMA
        assert client.get_latest("orders-value") == known
        with pytest.raises(errors.RegistryUnavailableError):
            client.get_schema(8)


@both
def test_given_no_registry_at_all_when_started_with_a_bundle_then_it_runs(colour):
    url = f"http://127.0.0.1:{free_port()}"

    with colour(url, retries=QUICK, bundle=BUNDLE) as client:
        assert client.get_schema(7) == SCHEMA
        assert client.get_latest("orders-value").version == 1
        assert client.lookup("orders-value", SCHEMA).id == 7


@both
def test_given_no_registry_at_all_when_started_with_a_warm_folder_then_it_runs(
    colour, tmp_path
):
    policy = CachePolicy(folder=tmp_path)
    with stub(schema_of) as server:
        url = server.url
        with colour(url, cache=policy) as client:
            client.get_schema(7)
            client.get_latest("orders-value")

    with colour(url, retries=QUICK, cache=policy) as client:
        assert client.get_schema(7) == SCHEMA
        assert client.get_latest("orders-value").version == 1


@both
@pytest.mark.parametrize(
    "said",
    [
        Said(is_cut=True),
        Said(body=b'{"schema": "', length=500),
        Said(body=b"<html>", headers={"Content-Type": "text/html"}),
        Said(body={"schema": "x" * 2_000_000}),
        Said(status=503, headers={"Retry-After": "0"}),
    ],
    ids=["cut", "truncated", "page", "large", "busy"],
)
def test_given_a_useless_answer_when_asked_then_it_is_an_outage_of_ours(colour, said):
    with (
        stub(lambda _asked: said) as server,
        colour(server.url, retries=QUICK, max_answer_bytes=1_000_000) as client,
        pytest.raises(errors.RegistryUnavailableError),
    ):
        client.get_schema(7)


@both
def test_given_a_registry_that_hangs_when_asked_then_the_client_gives_up(colour):
    let_go = threading.Event()

    def hanging(asked):
        let_go.wait(30)
        return schema_of(asked)

    with stub(hanging) as server, colour(server.url, retries=ONCE) as client:
        with pytest.raises(errors.RegistryUnavailableError, match="Timeout"):
            client.get_schema(7)
        let_go.set()


@both
def test_given_a_registry_that_flaps_when_asked_then_every_call_succeeds(colour):
    def flapping(asked):
        return Said(is_cut=True) if len(server.asked) % 2 else schema_of(asked)

    with stub(flapping) as server, colour(server.url, retries=QUICK) as client:
        for schema_id in range(1, 9):
            assert client.get_schema(schema_id) == SCHEMA


@both
def test_given_another_registry_behind_the_address_then_its_ids_are_refused(colour):
    other = {"schema": '"string"', "subject": "orders-value", "version": 2, "id": 7}

    with stub(schema_of) as server, colour(server.url) as client:
        client.get_schema(7)
        server.answer = lambda _asked: Said(body=other)

        with pytest.raises(errors.ForeignRegistryError, match="schema id 7"):
            client.get_latest("orders-value")
        assert client.get_schema(7) == SCHEMA


@both
def test_given_a_redirection_to_another_host_then_nothing_is_sent_there(colour):
    with stub(schema_of) as other:
        away = Said(status=307, headers={"Location": f"{other.url}/schemas/ids/7"})
        with (
            stub(lambda _asked: away) as server,
            colour(server.url.replace("//", "//me:secret@"), retries=QUICK) as client,
            pytest.raises(errors.UnexpectedAnswerError, match="not followed") as raised,
        ):
            client.get_schema(7)

    assert other.asked == []
    assert "secret" not in f"{raised.value!s}{raised.value!r}{client!r}"


@both
def test_given_a_dead_and_a_living_server_when_asked_then_the_living_one_answers(
    colour,
):
    dead = f"http://127.0.0.1:{free_port()}"

    with stub(schema_of) as server, colour([dead, server.url]) as client:
        assert client.get_schema(7) == SCHEMA


def test_given_many_threads_when_they_want_one_schema_then_one_request_is_sent():
    ready = threading.Barrier(16)

    def reading(_number):
        ready.wait(30)
        return client.get_schema(7)

    with (
        stub(schema_of) as server,
        RegistryClient(server.url) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        found = set(pool.map(reading, range(16)))

    assert found == {SCHEMA}
    assert len(server.asked) == 1


def test_given_many_tasks_when_they_want_one_schema_then_one_request_is_sent():
    async def reading():
        async with AsyncRegistryClient(server.url) as client:
            return set(await asyncio.gather(*(client.get_schema(7) for _ in range(50))))

    with stub(schema_of) as server:
        found = asyncio.run(reading())

    assert found == {SCHEMA}
    assert len(server.asked) == 1


def test_given_a_task_that_is_cancelled_when_another_waits_then_that_one_gets_it():
    let_go, has_begun = threading.Event(), threading.Event()

    def hanging_first(asked):
        if len(server.asked) == 1:
            has_begun.set()
            let_go.wait(30)
        return schema_of(asked)

    async def reading():
        async with AsyncRegistryClient(server.url) as client:
            first = asyncio.create_task(client.get_schema(7))
            second = asyncio.create_task(client.get_schema(7))
            await asyncio.to_thread(has_begun.wait, 30)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            found = await second
            let_go.set()
            return found

    with stub(hanging_first) as server:
        assert asyncio.run(reading()) == SCHEMA


def test_given_a_stale_version_when_threads_read_it_then_another_thread_fetches_it():
    refreshed = threading.Event()
    now = [0.0]

    def answer(asked):
        if len(server.asked) == 2:
            refreshed.set()
        return schema_of(asked)

    around = Surroundings(clock=lambda: now[0])
    with stub(answer) as server, RegistryClient(server.url, surroundings=around) as c:
        c.get_latest("orders-value")
        now[0] = 100.0

        assert c.get_latest("orders-value").version == 1
        assert refreshed.wait(30)


def test_given_a_stale_version_when_tasks_read_it_then_another_task_fetches_it():
    refreshed = threading.Event()
    now = [0.0]

    def answer(asked):
        if len(server.asked) == 2:
            refreshed.set()
        return schema_of(asked)

    async def reading():
        around = Surroundings(clock=lambda: now[0])
        async with AsyncRegistryClient(server.url, surroundings=around) as client:
            await client.get_latest("orders-value")
            now[0] = 100.0
            await client.get_latest("orders-value")
            return await asyncio.to_thread(refreshed.wait, 30)

    with stub(answer) as server:
        assert asyncio.run(reading())


class Trickle(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An answer that comes byte by byte, four seconds apart."""

    def __init__(self, now):
        self._now = now

    def __iter__(self):
        while True:
            self._now[0] += 4.0
            yield b" "

    async def __aiter__(self):
        for part in self:
            yield part


@both
def test_given_an_answer_that_trickles_in_when_the_time_is_over_then_it_ends(colour):
    now = [0.0]
    transport = httpx.MockTransport(
        lambda _request: httpx.Response(200, stream=Trickle(now))
    )
    around = Surroundings(clock=lambda: now[0])

    with (
        colour("http://x", transport=transport, surroundings=around) as client,
        pytest.raises(errors.RegistryUnavailableError, match="trickles"),
    ):
        client.get_schema(7)

    assert now[0] <= 15.0 + 4.0


def test_no_error_of_httpx_leaves_the_client():
    kinds = [
        kind
        for kind in vars(httpx).values()
        if isinstance(kind, type) and issubclass(kind, httpx.RequestError)
    ]

    for kind in [*kinds, httpx.InvalidURL, ssl.SSLError, ConnectionResetError]:

        def failing(_request, kind=kind):
            raise kind("broken")

        with (
            RegistryClient(
                "http://x", transport=httpx.MockTransport(failing), retries=ONCE
            ) as client,
            pytest.raises(errors.RegistryUnavailableError, match=kind.__name__),
        ):
            client.get_schema(7)


@both
def test_given_no_registry_at_all_when_versions_are_listed_then_they_are_the_bundles(
    colour,
):
    url = f"http://127.0.0.1:{free_port()}"

    with colour(url, retries=QUICK, bundle=BUNDLE) as client:
        assert client.list_versions("orders-value") == (1,)
        with pytest.raises(errors.RegistryUnavailableError):
            client.list_versions("payments-value")
