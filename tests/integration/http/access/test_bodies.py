"""Bodies of callers who may not do what they ask: nobody reads them."""

from collections.abc import Iterator
from typing import Any

import pytest

from registry.settings import Settings
from tests.integration.http.access.callers import Callers, guarded

MIB = 1024 * 1024

REFUSED = [
    ("nobody", "POST", "/governance/v1/check", 403),
    ("nobody", "POST", "/governance/v1/plan", 403),
    ("nobody", "POST", "/governance/v1/apply", 403),
    ("nobody", "POST", "/associations:batchGet", 403),
    ("nobody", "POST", "/associations?dryRun=true", 403),
    ("owner", "POST", "/governance/v1/import", 403),
    ("owner", "POST", "/governance/v1/import?dryRun=true", 403),
    ("reader", "POST", "/associations", 403),
    ("reader", "POST", "/associations:batchMutate", 403),
    ("reader", "PUT", "/associations/resources/r", 403),
    ("reader", "POST", "/dek-registry/v1/keks", 403),
    ("developer", "PUT", "/dek-registry/v1/keks/k", 403),
    ("reader", "POST", "/subjects/own-1/versions", 403),
    ("developer", "PUT", "/config/own-1", 403),
    ("none", "POST", "/governance/v1/check", 401),
    ("bad", "POST", "/governance/v1/check", 401),
]


@pytest.fixture
def callers(settings: Settings) -> Iterator[Callers]:
    with guarded(settings) as started:
        started.account("nobody")
        yield started


class Sent:
    """A body that counts how much of it was asked for."""

    def __init__(self) -> None:
        self.chunks = 0

    async def receive(self) -> dict[str, Any]:
        self.chunks += 1
        return {"type": "http.request", "body": b" " * MIB, "more_body": True}


def status(callers: Callers, caller: str, method: str, path: str, sent: Sent) -> int:
    """Send a body without an end, for as long as it is asked for."""
    found = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    bare, _, query = path.partition("?")
    given = {**callers.headers[caller], "content-type": "application/json"}
    headers = [(name.encode(), said.encode()) for name, said in given.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": bare,
        "raw_path": bare.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }

    async def call() -> None:
        await callers.client.app(scope, sent.receive, send)

    callers.client.run(call())
    (answered,) = found
    return int(answered)


@pytest.mark.parametrize(("caller", "method", "path", "expected"), REFUSED)
def test_given_a_caller_who_may_not_when_a_body_comes_then_it_is_not_read(
    callers: Callers, caller: str, method: str, path: str, expected: int
):
    sent = Sent()

    assert status(callers, caller, method, path, sent) == expected
    assert sent.chunks == 0


@pytest.mark.parametrize("path", ["/governance/v1/check", "/governance/v1/apply"])
def test_given_a_caller_who_may_do_so_somewhere_when_a_body_comes_then_it_is_read(
    callers: Callers, path: str
):
    sent = Sent()

    assert status(callers, "developer", "POST", path, sent) == 413
    assert sent.chunks == 65


def test_given_nothing_granted_when_refused_then_it_says_what_is_needed(
    callers: Callers,
):
    answer = callers.ask("nobody", "POST", "/governance/v1/check", json=[])

    assert answer.json() == {
        "error_code": 40301,
        "message": "The permission 'read' on some subject is needed",
    }
