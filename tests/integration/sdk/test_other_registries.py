"""The clients against what Confluent's registry, Karapace and Apicurio answer.

Each exchange is a call of ours, the requests that it must send, what that server says
as its sources have it, and what the call must come to.
"""

import asyncio
import json
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.services.stub import Said, stub
from tests.suites.registry_client import Awaiting
from wirepact import errors
from wirepact._reading import schema as read_schema
from wirepact.async_client import AsyncRegistryClient
from wirepact.client import RegistryClient
from wirepact.retry import RetryPolicy

QUICK = RetryPolicy(first_pause_s=0.001)
FILES = sorted((Path(__file__).parent / "exchanges").glob("*.json"))
EXCHANGES = [
    pytest.param(said["base_path"], exchange, id=f"{file.stem}: {exchange['claim']}")
    for file in FILES
    for said in [json.loads(file.read_text())]
    for exchange in said["exchanges"]
]


def blocking(url):
    return RegistryClient(url, retries=QUICK)


@contextmanager
def awaited(url):
    with asyncio.Runner() as runner:
        client = AsyncRegistryClient(url, retries=QUICK)
        yield Awaiting(client, runner)
        runner.run(client.close())


def played(requests):
    left = list(requests)

    def answer(_asked):
        said = left.pop(0)
        body = said["body"]
        if isinstance(body, str):
            body = body.encode()
        return Said(said["status"], body, said["headers"])

    return answer


def arguments(given):
    read: dict[str, Any] = {"schema": read_schema, "guid": UUID}
    return {name: read.get(name, lambda it: it)(it) for name, it in given.items()}


def plain(value):
    if isinstance(value, UUID):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def outcome(client, exchange):
    """Make the call; of what it comes to, return what the exchange speaks of."""
    call, expected = getattr(client, exchange["call"]), exchange["expect"]
    try:
        result = call(**arguments(exchange["arguments"]))
    except errors.WirepactError as error:
        said = {"error": type(error).__name__, "code": getattr(error, "code", None)}
        return {name: said[name] for name in said if name in expected or said[name]}
    if isinstance(expected.get("result"), dict):
        result = {name: attrgetter(name)(result) for name in expected["result"]}
        return {"result": {name: plain(value) for name, value in result.items()}}
    return {"result": plain(result)}


@pytest.mark.parametrize("colour", [blocking, awaited])
@pytest.mark.parametrize(("base_path", "exchange"), EXCHANGES)
def test_given_another_registry_when_called_then_it_comes_to_the_same(
    base_path, exchange, colour
):
    with (
        stub(played(exchange["requests"])) as server,
        colour(server.url + base_path) as client,
    ):
        found = outcome(client, exchange)

    assert found == exchange["expect"]
    asked = [f"{each.method} {each.path}" for each in server.asked]
    assert asked == [
        each["request"].replace(" ", f" {base_path}", 1)
        for each in exchange["requests"]
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_server_shows_how_it_registers_refuses_and_misses(file):
    exchanges = json.loads(file.read_text())["exchanges"]

    assert {"register", "get_schema"} & {each["call"] for each in exchanges}
    assert {"result", "error"} <= {key for each in exchanges for key in each["expect"]}
