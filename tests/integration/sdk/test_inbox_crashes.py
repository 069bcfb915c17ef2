"""Processes that are killed while they handle a message, and what the next one does."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.sdk.handling_process import (
    HANDLER,
    MESSAGE,
    POINTS,
    REACHED,
    RedisStore,
    Store,
    handle,
    store_at,
)
from tests.suites.inbox import BLOCKED_S, DONE, IN_FLIGHT, NEW
from tests.suites.transport import played

ROOT = Path(__file__).parents[3]

SQL = {
    "before the handler": (NEW, 1),
    "begun": (NEW, 1),
    "effects made": (NEW, 1),
    "before the acknowledgement": (DONE, 1),
}
LEASE = {
    "before the handler": (NEW, 1),
    "begun": (NEW, 1),
    # The weakness of leases: the effect is outside, and was not noted down.
    "effects made": (NEW, 2),
    "before the acknowledgement": (DONE, 1),
}
"""By the point of the crash: how the message stands when it comes again, and how many
effects there are when it was handled."""

CELLS = [
    pytest.param(
        fixture, kind, point, expected, id=f"{fixture}{kind}-{point}", marks=marks
    )
    for fixture, kinds, table, marks in (
        ("sqlite_url", ("", "#thread"), SQL, ()),
        ("postgres_url", ("", "#thread"), SQL, pytest.mark.postgres),
        ("redis_url", ("",), LEASE, pytest.mark.redis),
    )
    for kind in kinds
    for point, expected in table.items()
]


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/handlers.db"


@pytest.fixture
def postgres_url(request):
    server = request.getfixturevalue("postgres")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def redis_url(request):
    return request.getfixturevalue("redis").create_database()


@contextmanager
def stopped_at(point: str, place: str) -> Iterator["subprocess.Popen[str]"]:
    """Have a process handle the message up to a point; it is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.sdk.handling_process", place, point],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        try:
            assert process.stdout.readline().strip() == REACHED
            yield process
        finally:
            process.kill()


async def let_lease_run_out(store: Store) -> None:
    """Do what time does, for a worker that gives no sign of life any more."""
    if isinstance(store, RedisStore):
        key = f"wirepact:inbox:{{{HANDLER}}}:{MESSAGE}"
        if await store.client.get(key) not in (None, b"done"):
            assert await handle(store) == [IN_FLIGHT]
            assert 0 < await store.client.pttl(key) <= 30_000
            await store.client.delete(key)


@pytest.mark.parametrize(("fixture", "kind", "point", "expected"), CELLS)
@played
async def test_given_a_crash_when_the_message_comes_again_then_it_stands_as_promised(
    request, fixture, kind, point, expected
):
    place = f"{request.getfixturevalue(fixture)}{kind}"
    store = store_at(place)
    await store.prepare()
    with stopped_at(point, place):
        pass

    await let_lease_run_out(store)
    found = await handle(store)

    assert (*found, await store.effects()) == expected
    assert await handle(store) == [DONE]
    assert await store.effects() == expected[1]
    await store.close()


@pytest.mark.parametrize(
    "fixture",
    ["sqlite_url", pytest.param("postgres_url", marks=pytest.mark.postgres)],
)
@pytest.mark.parametrize("kind", ["", "#thread"])
@played
async def test_given_one_who_is_killed_while_another_waits_then_that_one_handles_it(
    request, fixture, kind
):
    place = f"{request.getfixturevalue(fixture)}{kind}"
    store = store_at(place)
    await store.prepare()
    with stopped_at("effects made", place):
        handling = asyncio.create_task(handle(store))
        _, waiting = await asyncio.wait([handling], timeout=BLOCKED_S)
        assert waiting

    assert await handling == [NEW]
    assert await store.effects() == 1
    await store.close()


def test_every_point_has_an_answer_for_every_store():
    assert tuple(SQL) == tuple(LEASE) == POINTS
