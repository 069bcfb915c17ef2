"""By which names a registry for its own machine alone may be asked."""

import asyncio

import pytest

from registry.http.hosts import LocalHosts


async def answering(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def asked(*hosts: bytes, method: str = "GET") -> tuple[int, bytes]:
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"accept", b"*/*"), *((b"host", each) for each in hosts)]
    scope = {"type": "http", "method": method, "headers": headers}
    asyncio.run(LocalHosts(answering)(scope, None, send))
    return sent[0]["status"], sent[1]["body"]


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
