"""How long an answer takes must not tell a hidden subject from a missing one."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from registry.settings import Settings
from tests.integration.http.access.callers import Callers, guarded
from tests.suites import timing

STRING = {"schema": '"string"'}
KINDS = ("missing", "foreign")

ASKED = [
    ("GET", "/subjects/NAME/versions", None),
    ("GET", "/subjects/NAME/versions/latest", None),
    ("GET", "/config/NAME", None),
    ("POST", "/subjects/NAME", STRING),
    ("POST", "/subjects/NAME/versions", STRING),
    ("POST", "/compatibility/subjects/NAME/versions/latest", STRING),
]


@pytest.fixture
def callers(settings: Settings) -> Iterator[Callers]:
    with guarded(settings) as started:
        for _ in range(3):
            path = "/subjects/foreign/versions"
            assert started.ask("admin", "POST", path, json=STRING).is_success
        body = {"compatibility": "FULL"}
        assert started.ask("admin", "PUT", "/config/foreign", json=body).is_success
        yield started


def asking(
    callers: Callers, method: str, path: str, body: Any
) -> Callable[[str], tuple[int, bytes]]:
    """Return what asks about a name, past the client's own work."""
    content = b"" if body is None else json.dumps(body).encode()
    given = {**callers.headers["reader"], "content-type": "application/json"}
    headers = [(name.encode(), said.encode()) for name, said in given.items()]

    def ask(name: str) -> tuple[int, bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": content, "more_body": False}

        at = path.replace("NAME", name)
        scope = {
            "type": "http",
            "method": method,
            "path": at,
            "raw_path": at.encode(),
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 1),
        }

        async def call() -> None:
            await callers.client.app(scope, receive, send)

        callers.client.run(call())
        return sent[0]["status"], sent[1]["body"].replace(name.encode(), b"NAME")

    return ask


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
def test_given_a_hidden_subject_when_asked_then_the_answer_is_that_of_a_missing_one(
    callers: Callers, method: str, path: str, body: Any
):
    ask = asking(callers, method, path, body)

    assert ask("foreign") == ask("missing")


@pytest.mark.soak
@pytest.mark.parametrize(("method", "path", "body"), ASKED)
def test_given_a_hidden_subject_when_asked_then_its_timing_is_that_of_a_missing_one(
    callers: Callers, method: str, path: str, body: Any
):
    ask = asking(callers, method, path, body)

    def act(name: str) -> None:
        ask(name)

    timing.hold_alike(f"{method} {path}", timing.measured(act, KINDS), "missing")
