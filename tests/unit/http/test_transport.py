"""The transport around an application that is only imagined."""

import asyncio
import json
from dataclasses import replace

import pytest

from registry.http.asgi import replay
from registry.http.errors import RefusedError
from registry.http.metrics import Counters, Layout
from registry.http.request_bodies import Body, BodyRoom
from registry.http.transport import BodyLimits, Transport

COUNTERS = Counters.private(Layout.of([]))
LIMITS = BodyLimits(most_bytes=10, most_batch_bytes=20, timeout_s=0.05)


def a_scope(method="GET", path="/x", **more):
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        **more,
    }


def called(app, scope, receive=None):
    sent = []

    async def send(message):
        sent.append(message)

    transport = Transport(app, COUNTERS, LIMITS, {})
    asyncio.run(transport(scope, receive or replay(b""), send))
    return sent


def answering(body):
    async def app(scope, receive, send):
        seen = body if body is not None else (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": seen})

    return app


async def never():
    await asyncio.sleep(60)


async def gone():
    return {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("receive", "status"),
    [
        pytest.param(never, 408, id="a body that does not come"),
        pytest.param(gone, 400, id="a client that has gone"),
        pytest.param(replay(b"x" * 11), 413, id="a body that is too long"),
    ],
)
def test_given_no_whole_body_when_it_is_asked_for_then_the_request_is_refused(
    receive, status
):
    sent = called(answering(None), a_scope("POST"), receive)

    assert sent[0]["status"] == status


def test_given_an_application_that_asks_for_no_body_when_called_then_none_is_read():
    assert called(answering(b"refused"), a_scope("POST"), never)[1]["body"] == (
        b"refused"
    )


def test_given_a_body_when_it_is_asked_for_again_then_the_client_has_gone():
    seen = []

    async def app(scope, receive, send):
        seen.extend([await receive(), await receive()])
        await answering(b"")(scope, receive, send)

    called(app, a_scope("POST"), replay(b"abc"))

    assert [each["type"] for each in seen] == ["http.request", "http.disconnect"]


def asked_together(bodies, most_bytes_at_once, free_bytes=0):
    """Send bodies while none of them is answered; return the statuses, and what is
    told of when to try again."""
    limits = replace(
        LIMITS, most_bytes_at_once=most_bytes_at_once, free_bytes=free_bytes
    )
    answers, refusals = [], []

    async def main():
        turn = asyncio.Event()

        async def app(scope, receive, send):
            await receive()
            await turn.wait()
            await answering(b"")(scope, receive, send)

        transport = Transport(app, COUNTERS, limits, {})

        async def send(message):
            if message["type"] == "http.response.start":
                fields = dict(message["headers"])
                answers.append((message["status"], fields.get(b"retry-after")))
            elif b"error_code" in message["body"]:
                refusals.append(json.loads(message["body"])["message"])

        calls = [
            asyncio.create_task(transport(a_scope("POST"), replay(body), send))
            for body in bodies
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        turn.set()
        await asyncio.gather(*calls)
        # What was kept is free again.
        await transport(a_scope("POST"), replay(bodies[0]), send)

    asyncio.run(main())
    assert set(refusals) <= {
        "Too many large requests at the same time; nothing was changed. Try again."
    }
    return answers


def test_given_pieces_of_a_body_when_kept_then_each_is_counted_once():
    pieces = [
        {"type": "http.request", "body": b"x" * 3, "more_body": True},
        {"type": "http.request", "body": b"x" * 3, "more_body": True},
        {"type": "http.request", "body": b"x" * 3},
    ]

    async def read():
        room = BodyRoom(most_bytes=9)

        async def receive():
            return pieces.pop(0)

        body = Body(receive, 10, 1, room)
        with body.kept():
            assert len((await body())["body"]) == 9
            with pytest.raises(RefusedError):
                room.take(1)
        room.take(9)

    asyncio.run(read())


def test_given_no_room_for_another_body_when_sent_then_it_is_503_until_there_is():
    answers = asked_together([b"x" * 9, b"x" * 9], most_bytes_at_once=10)

    assert sorted(answers, key=str) == [(200, None), (200, None), (503, b"1")]


def test_given_no_room_when_small_bodies_are_sent_then_they_are_answered():
    answers = asked_together(
        [b"x" * 9, b"y" * 3, b"z" * 4], most_bytes_at_once=6, free_bytes=3
    )

    assert sorted(answers, key=str) == [(200, None)] * 3 + [(503, b"1")]


def test_given_room_for_both_bodies_when_sent_then_both_are_answered():
    answers = asked_together([b"x" * 9, b"x" * 9], most_bytes_at_once=18)

    assert answers == [(200, None)] * 3


def test_given_an_announced_length_over_the_limit_when_called_then_nothing_is_read():
    scope = a_scope("POST", headers=[(b"content-length", b"11")])

    assert called(answering(b"reached"), scope, never)[0]["status"] == 413


def test_given_chunks_when_called_then_the_application_sees_one_body():
    chunks = [
        {"type": "http.request", "body": b"abc", "more_body": True},
        {"type": "http.request", "body": b"", "more_body": True},
        {"type": "http.request", "body": b"def"},
    ]

    async def receive():
        return chunks.pop(0)

    assert called(answering(None), a_scope("POST"), receive)[1]["body"] == b"abcdef"


def test_given_no_raw_path_when_called_then_the_decoded_one_is_routed():
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        await answering(b"")(scope, receive, send)

    called(app, a_scope(raw_path=None, path="/subjects/é"))

    assert seen["path"] == "/subjects/é"


def test_given_another_kind_of_scope_when_called_then_it_is_passed_on():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    called(app, {"type": "lifespan"})

    assert seen == ["lifespan"]


def test_given_a_failing_application_when_called_then_the_request_is_still_counted():
    async def app(scope, receive, send):
        raise RuntimeError("broken")

    before = sum(COUNTERS.snapshot())
    with pytest.raises(RuntimeError):
        called(app, a_scope())

    assert sum(COUNTERS.snapshot()) > before
