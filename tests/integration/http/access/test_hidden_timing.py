"""How long an answer takes must not tell what is hidden from what is missing."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self
from uuid import UUID

import pytest

from registry.domain.identity import guid, identity_bytes
from registry.domain.model import Content, SchemaType
from registry.settings import Settings
from tests.integration.http.access.callers import Callers, guarded
from tests.suites import timing

STRING = {"schema": '"string"'}
ELSEWHERE = ":.secret:own-elsewhere"
HIDDEN_ID, MISSING_ID = "7001", "7002"


class Asked(NamedTuple):
    """A request with a NAME in it, and what is hidden, and what missing, under that."""

    method: str
    path: str
    body: Any = None
    hidden: str = "foreign"
    missing: str = "missing"

    @classmethod
    def by_id(cls, path: str) -> Self:
        return cls("GET", path, None, HIDDEN_ID, MISSING_ID)

    @classmethod
    def by_guid(cls, path: str) -> Self:
        hidden = guid(identity_bytes(Content(SchemaType.AVRO, STRING["schema"])))
        return cls("GET", path, None, str(hidden), str(UUID(int=hidden.int ^ 1)))

    @classmethod
    def elsewhere(cls, path: str, body: Any = None) -> Self:
        """A name that the caller may read, but for the context in which it is."""
        method = "GET" if body is None else "POST"
        return cls(method, path, body, "own-elsewhere", "own-nowhere99")

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.hidden}"


ASKED = [
    Asked("GET", "/subjects/NAME/versions"),
    Asked("GET", "/subjects/NAME/versions/latest"),
    Asked("GET", "/config/NAME"),
    Asked("POST", "/subjects/NAME", STRING),
    Asked("POST", "/subjects/NAME/versions", STRING),
    Asked("POST", "/compatibility/subjects/NAME/versions/latest", STRING),
    Asked.by_id("/schemas/ids/NAME"),
    Asked.by_id("/schemas/ids/NAME/schema"),
    Asked.by_id("/schemas/ids/NAME/subjects"),
    Asked.by_id("/schemas/ids/NAME/versions"),
    Asked.by_id("/governance/v1/schemas/NAME"),
    Asked.by_guid("/schemas/guids/NAME"),
    Asked.by_guid("/schemas/guids/NAME/ids"),
    Asked.elsewhere("/subjects/NAME/versions/1"),
    Asked.elsewhere("/subjects/NAME/versions/latest"),
    Asked.elsewhere(f"/schemas/ids/{HIDDEN_ID}?subject=NAME"),
    Asked.elsewhere(f"/schemas/ids/{HIDDEN_ID}/subjects?subject=NAME"),
    Asked.elsewhere("/subjects/NAME", STRING),
]


@pytest.fixture
def callers(settings: Settings) -> Iterator[Callers]:
    given = {**STRING, "id": int(HIDDEN_ID), "version": 1}
    with guarded(settings) as started:
        for hidden in ("foreign", ELSEWHERE):
            for method, path, body in (
                ("PUT", f"/mode/{hidden}", {"mode": "IMPORT"}),
                ("POST", f"/subjects/{hidden}/versions", given),
                ("DELETE", f"/mode/{hidden}", None),
                ("PUT", f"/config/{hidden}", {"compatibility": "FULL"}),
            ):
                answer = started.ask("admin", method, path, json=body)
                assert answer.is_success, answer.text
        yield started


def asking(callers: Callers, it: Asked) -> Callable[[str], tuple[int, bytes]]:
    """Return what asks about a name, past the client's own work."""
    content = b"" if it.body is None else json.dumps(it.body).encode()
    given = {**callers.headers["reader"], "content-type": "application/json"}
    headers = [(name.encode(), said.encode()) for name, said in given.items()]

    def ask(name: str) -> tuple[int, bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": content, "more_body": False}

        path, _, query = it.path.replace("NAME", name).partition("?")
        scope = {
            "type": "http",
            "method": it.method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
        }

        async def call() -> None:
            await callers.client.app(scope, receive, send)

        callers.client.run(call())
        return sent[0]["status"], sent[1]["body"].replace(name.encode(), b"NAME")

    return ask


@pytest.mark.parametrize("it", ASKED, ids=str)
def test_given_something_hidden_when_asked_then_the_answer_is_that_of_what_is_missing(
    callers: Callers, it: Asked
):
    ask = asking(callers, it)

    assert ask(it.hidden) == ask(it.missing)


@pytest.mark.soak
@pytest.mark.parametrize("it", ASKED, ids=str)
def test_given_something_hidden_when_asked_then_its_timing_is_that_of_what_is_missing(
    callers: Callers, it: Asked
):
    ask = asking(callers, it)

    def act(name: str) -> None:
        ask(name)

    samples = timing.measured(act, (it.missing, it.hidden))
    timing.hold_alike(str(it), samples, it.missing)
