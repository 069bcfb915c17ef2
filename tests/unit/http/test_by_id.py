"""The hot path before an application: what a miss passes on and what is counted."""

import asyncio
import tracemalloc

import pytest

from registry.application.changes import Changes
from registry.http import by_id as module
from registry.http.by_id import GUID, ID, TEXT, ById
from registry.http.metrics import Counters, Layout, Scrape

LAYOUT = Layout.of([("GET", ID), ("GET", TEXT), ("GET", GUID)])


class App:
    """Answers every request with 200, once it is let; remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def __call__(self, scope, receive, send):
        self.asked.append(scope)
        self.is_asked.set()
        await self.may_answer.wait()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.fixture
def changes():
    return Changes()


@pytest.fixture
def counters():
    return Counters.private(LAYOUT)


async def get(by_id, *headers, query=b""):
    messages = []

    async def send(message):
        messages.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": b"/schemas/ids/1",
        "query_string": query,
        "headers": list(headers),
    }
    await by_id(scope, None, send)
    return dict(messages[0]["headers"])


@pytest.mark.parametrize("given", [(), ((b"x-request-id", b"mine"),)])
def test_given_a_miss_when_passed_on_then_its_request_id_is_the_answers(
    changes, counters, given
):
    async def ask():
        app = App()
        app.may_answer.set()
        answer = await get(ById(app, changes, counters, 10_000), *given)
        return dict(app.asked[0]["headers"])[b"x-request-id"], answer[b"x-request-id"]

    passed_on, told = asyncio.run(ask())

    assert passed_on == told
    assert not given or told == b"mine"


def test_when_an_answer_is_given_from_memory_then_all_its_fields_are_as_they_were(
    changes, counters
):
    async def ask():
        app = App()
        app.may_answer.set()
        by_id = ById(app, changes, counters, 10_000, [(b"x-safe", b"yes")])
        asked = [await get(by_id, (b"x-request-id", b"mine")) for _ in range(2)]
        return len(app.asked), asked

    number, (first, second) = asyncio.run(ask())

    assert number == 1
    assert first == second
    assert len(second.pop(b"etag")) == 2 + 32
    assert second == {
        b"content-type": b"application/json",
        b"content-length": b"2",
        b"cache-control": b"no-cache",
        b"x-safe": b"yes",
        b"x-request-id": b"mine",
    }


@pytest.mark.parametrize("known", [b'"a",%b', b'"a" , W/%b', b"%b", b"*", b"W/%b"])
def test_given_what_a_client_has_when_it_is_still_so_then_it_is_not_sent_again(
    changes, counters, known
):
    async def ask():
        app = App()
        app.may_answer.set()
        by_id = ById(app, changes, counters, 10_000)
        etag = (await get(by_id))[b"etag"]
        said = known.replace(b"%b", etag)
        return await get(by_id, (b"if-none-match", said))

    assert b"content-length" not in asyncio.run(ask())


@pytest.mark.parametrize("known", [b'"a","b"', b'"a"', b"", b'"a" %b', b"w/%b"])
def test_given_what_a_client_has_when_it_is_another_then_it_is_sent(
    changes, counters, known
):
    async def ask():
        app = App()
        app.may_answer.set()
        by_id = ById(app, changes, counters, 10_000)
        etag = (await get(by_id))[b"etag"]
        return await get(by_id, (b"if-none-match", known.replace(b"%b", etag)))

    assert asyncio.run(ask())[b"content-length"] == b"2"


def test_given_many_who_wait_for_one_answer_when_it_comes_then_all_others_are_counted(
    changes, counters
):
    async def ask():
        app = App()
        by_id = ById(app, changes, counters, 10_000)
        tasks = [asyncio.create_task(get(by_id)) for _ in range(5)]
        await asyncio.sleep(0)
        app.may_answer.set()
        await asyncio.gather(*tasks)
        return len(app.asked)

    # The one that went through is the application's to count.
    assert asyncio.run(ask()) == 1
    told = Scrape(counters, None, lambda: True).text().decode()
    assert 'route="/schemas/ids/{schema_id}",status="2xx"} 4.0' in told


def test_given_a_change_while_one_waits_when_answered_then_the_others_ask_again(
    changes, counters
):
    async def ask():
        app = App()
        by_id = ById(app, changes, counters, 10_000)
        first = asyncio.create_task(get(by_id))
        await app.is_asked.wait()
        changes.advance(".", 1)
        second = asyncio.create_task(get(by_id))
        await asyncio.sleep(0)
        app.may_answer.set()
        await asyncio.gather(first, second)
        return len(app.asked)

    assert asyncio.run(ask()) == 2


def test_given_made_up_queries_when_asked_then_what_is_remembered_stays_bounded(
    changes, counters
):
    async def flood():
        app = App()
        app.may_answer.set()
        by_id = ById(app, changes, counters, 10_000)
        for number in range(10_000):
            noise = b"%0200d" % number
            await get(by_id, query=noise)

    tracemalloc.start()
    try:
        asyncio.run(flood())
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most_bytes < 3_500_000


def test_given_room_for_three_when_a_fourth_is_asked_then_one_alone_is_forgotten(
    changes, counters, monkeypatch
):
    monkeypatch.setattr(module, "_MOST_TARGETS", 3)
    read = []

    def parsed(query, **_):
        read.append(query)
        return []

    monkeypatch.setattr(module, "parse_qsl", parsed)

    async def ask():
        app = App()
        app.may_answer.set()
        by_id = ById(app, changes, counters, 10_000)
        for query in (b"1", b"2", b"3", b"4", b"2", b"3", b"4", b"1"):
            await get(by_id, query=query)

    asyncio.run(ask())

    assert read == ["1", "2", "3", "4", "1"]
