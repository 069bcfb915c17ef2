"""By which names a registry for its own machine alone may be asked."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from registry.http import media, protection
from registry.http.asgi import App
from registry.http.hosts import LocalHosts
from registry.http.logs import Answered
from registry.http.metrics import Counters, Layout
from registry.http.transport import DEFAULT_BODY_LIMITS, Transport

COUNTERS = Counters.private(Layout.of([]))


async def answering(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def guarding(app: App, log: Callable[[Answered], None] | None = None) -> LocalHosts:
    transport = Transport(app, COUNTERS, DEFAULT_BODY_LIMITS, {}, log=log)
    return LocalHosts(app, transport)


def told(
    *hosts: bytes, method: str = "GET", log: Callable[[Answered], None] | None = None
) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message):
        sent.append(message)

    headers = [(b"x-request-id", b"r-1"), *((b"host", each) for each in hosts)]
    scope = {"type": "http", "method": method, "path": "/x", "headers": headers}
    asyncio.run(guarding(answering, log)(scope, None, send))
    return sent


def asked(*hosts: bytes, method: str = "GET") -> tuple[int, bytes]:
    start, content = told(*hosts, method=method)
    return start["status"], content["body"]


@pytest.mark.parametrize(
    "host",
    [
        b"localhost",
        b"LOCALHOST:8081",
        b"localhost.",
        b"registry.localhost:8081",
        b"127.0.0.1",
        b"127.0.0.1:8081",
        b"[::1]:8081",
        b"[::1]",
        b"192.0.2.1:8081",
    ],
)
def test_given_a_name_that_no_site_has_when_asked_then_answered(host):
    assert asked(host) == (200, b"{}")


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example:8081",
        b"localhost.evil.example",
        b"127.0.0.1.evil.example:8081",
        b"evil-localhost",
        b"localhost@evil.example",
        b"evil.example#localhost",
        b"evil.example, localhost",
        b"registry",
        b"",
        b"\xff",
    ],
)
def test_given_a_name_that_a_site_may_have_when_asked_then_it_is_misdirected(host):
    status, body = asked(host)

    assert status == 421
    assert b"WIREPACT_TRUSTED_PROXIES" in body


def test_given_two_names_when_one_is_a_sites_then_it_is_misdirected():
    assert asked(b"localhost", b"evil.example")[0] == 421


def test_given_a_head_when_it_is_misdirected_then_there_is_no_body():
    assert asked(b"evil.example", method="HEAD") == (421, b"")


def test_given_no_name_when_asked_then_answered():
    assert asked() == (200, b"{}")


def test_given_a_sites_name_when_refused_then_nobody_keeps_the_answer():
    start, content = told(b"evil.example")

    assert start["type"] == "http.response.start"
    assert start["headers"] == [
        (b"content-type", media.DEFAULT),
        (b"content-length", str(len(content["body"])).encode()),
        (b"cache-control", b"no-store"),
        *protection.FIELDS,
        (b"x-request-id", b"r-1"),
    ]


def test_given_a_sites_name_when_refused_then_the_log_says_so():
    logged: list[Answered] = []

    told(b"evil.example", log=logged.append)

    (line,) = logged
    assert (line.request_id, line.method, line.path) == ("r-1", "GET", "/x")
    assert (line.status, line.principal) == (421, "")


def test_given_a_local_name_when_handed_on_then_it_is_as_it_came():
    handed_on: list[Any] = []

    async def keeping(*given: Any) -> None:
        handed_on.extend(given)

    scope = {"type": "http", "headers": [(b"host", b"localhost")]}
    given: list[Any] = [scope, "receive", "send"]
    asyncio.run(guarding(keeping)(*given))

    assert handed_on == given
