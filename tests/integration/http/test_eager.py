"""What the server makes of requests is what we take it for."""

import asyncio
import socket

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from registry.http.eager import InTask, begin_at_once


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class App:
    """Says whether it is run in a task, and so is what it hands on."""

    def __init__(self):
        self.handed_on = InTask(self.ordinary)

    async def front(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await begin_at_once()
        elif scope["path"] == "/ordinary":
            await self.handed_on(scope, receive, send)
        else:
            await self.ordinary(scope, receive, send)

    async def ordinary(self, _scope, _receive, send):
        body = b"no task" if asyncio.current_task() is None else b"a task"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


async def answers(port, *paths):
    server = Server(
        App().front,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve())
    try:
        transport = httpx.AsyncHTTPTransport(retries=8)
        async with httpx.AsyncClient(transport=transport) as client:
            asked = [client.get(f"http://127.0.0.1:{port}/{each}") for each in paths]
            return [(await each).text for each in asked]
    finally:
        server.stop()
        await serving


def test_given_the_server_when_asked_then_requests_begin_in_no_task_and_what_is_handed_on_does(  # noqa: E501 - a claim
    port,
):
    paths = ("known", "ordinary", "known")

    assert asyncio.run(answers(port, *paths)) == ["no task", "a task", "no task"]
