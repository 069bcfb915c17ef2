"""What becomes of the rest of a body when its request has been answered."""

import asyncio

import pytest

from registry.http.lingering import Lingering, Patience

KIB = 1024
MOST = 1_000
PATIENCE = Patience(most_bytes=MOST, total_s=60, pause_s=0.05, most_at_once=1)
CHUNKED = (b"transfer-encoding", b"chunked")
CLOSE = (b"connection", b"close")


def length(size):
    return (b"content-length", b"%d" % size)


class Client:
    """Sends a body in pieces of 100 bytes, and hears what it is answered."""

    def __init__(self, size, *, then_waits=False):
        self._left = size
        self._then_waits = then_waits
        self.asked, self.asked_first = 0, False
        self.heard = []

    async def receive(self):
        self.asked += 1
        self.asked_first = self.asked_first or not self.heard
        if self._left == 0 and self._then_waits:
            await asyncio.sleep(60)
        size = min(100, self._left)
        self._left -= size
        more = self._left > 0 or self._then_waits
        return {"type": "http.request", "body": b"x" * size, "more_body": more}

    async def send(self, message):
        self.heard.append(message)

    @property
    def is_told_to_close(self):
        return CLOSE in self.heard[0]["headers"]


class Gone(Client):
    """Has hung up."""

    async def receive(self):
        self.asked += 1
        return {"type": "http.disconnect"}


async def refusing(_scope, _receive, send):
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b"no"})


async def reading(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await refusing(scope, receive, send)


def sent(client, *headers, method="POST", app=refusing, patience=PATIENCE):
    scope = {"type": "http", "method": method, "headers": [*headers]}
    asyncio.run(Lingering(app, patience)(scope, client.receive, client.send))
    return client


@pytest.mark.parametrize("announced", [length(1_000), CHUNKED])
def test_given_a_refusal_when_a_body_is_still_sent_then_it_is_taken_to_its_end(
    announced,
):
    client = sent(Client(1_000), announced)

    assert client.asked == 10
    assert not client.asked_first
    assert [each["type"] for each in client.heard] == [
        "http.response.start",
        "http.response.body",
    ]


@pytest.mark.parametrize(
    ("size", "announced", "asked"),
    [
        pytest.param(MOST, length(MOST), 10, id="as much as is borne"),
        pytest.param(MOST + 1, length(MOST + 1), 0, id="more is announced"),
        pytest.param(5_000, CHUNKED, 11, id="more comes than is borne"),
        pytest.param(5_000, length(MOST), 11, id="more comes than was announced"),
        pytest.param(200, (b"content-length", b"none"), 2, id="no number"),
    ],
)
def test_given_a_body_when_it_is_thrown_away_then_to_a_bound(size, announced, asked):
    assert sent(Client(size), announced).asked == asked


def test_given_a_client_that_pauses_when_it_was_answered_then_it_is_hung_up_on():
    client = sent(Client(200, then_waits=True), length(MOST))

    assert client.asked == 3


def test_given_a_client_that_takes_its_time_when_answered_then_it_is_hung_up_on():
    patience = Patience(total_s=0.05, pause_s=60)

    client = sent(Client(200, then_waits=True), CHUNKED, patience=patience)

    assert client.asked == 3


def test_given_a_client_that_has_gone_when_answered_then_nobody_waits_for_it():
    assert sent(Gone(0), length(MOST)).asked == 1


def test_given_one_that_waits_to_be_told_to_send_when_refused_then_it_is_not():
    client = sent(Client(100), length(100), (b"expect", b"100-continue"))

    assert client.asked == 0
    assert client.is_told_to_close


@pytest.mark.parametrize(
    ("announced", "is_told_to_close"),
    [
        pytest.param(length(64 * KIB), False, id="a small body"),
        pytest.param(length(64 * KIB + 1), True, id="a large one"),
        pytest.param(CHUNKED, True, id="who knows"),
    ],
)
def test_given_a_refusal_when_much_is_to_come_then_the_client_is_told_to_stop(
    announced, is_told_to_close
):
    assert sent(Client(100), announced).is_told_to_close is is_told_to_close


@pytest.mark.parametrize("announced", [length(1_000), CHUNKED])
def test_given_a_body_that_was_read_when_answered_then_nothing_is_added(announced):
    client = sent(Client(1_000), announced, app=reading)

    assert client.asked == 10
    assert client.asked_first
    assert not client.is_told_to_close


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        pytest.param("POST", [], id="nothing announced"),
        pytest.param("DELETE", [length(0)], id="an empty body"),
        pytest.param("GET", [length(100)], id="a read"),
    ],
)
def test_given_a_request_without_a_body_when_answered_then_none_is_waited_for(
    method, headers
):
    client = sent(Client(100), *headers, method=method)

    assert client.asked == 0
    assert not client.is_told_to_close


def test_given_as_many_as_are_borne_when_another_is_refused_then_it_is_hung_up_on():
    first, second, third = Client(200, then_waits=True), Client(200), Client(200)
    lingering = Lingering(refusing, PATIENCE)
    scope = {"type": "http", "method": "POST", "headers": [CHUNKED]}

    async def both():
        waiting = asyncio.create_task(lingering(scope, first.receive, first.send))
        await asyncio.sleep(0)
        await lingering(scope, second.receive, second.send)
        await waiting
        await lingering(scope, third.receive, third.send)

    asyncio.run(both())

    assert second.heard[0]["status"] == 401
    assert (first.asked, second.asked, third.asked) == (3, 0, 2)


def test_given_what_is_no_request_when_called_then_it_is_passed_on():
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    scope, client = {"type": "lifespan"}, Client(0)
    asyncio.run(Lingering(app)(scope, client.receive, client.send))

    assert seen == [(scope, client.receive, client.send)]
