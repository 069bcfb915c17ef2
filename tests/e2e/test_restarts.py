"""A server is started again: it remembers, and never gives an id twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.e2e.builders import ORDER, ORDER_WITH_NOTE, body
from tests.e2e.wire import ask, ask_json
from tests.services.postgres import Postgres
from tests.services.server import Server, serve
from tests.services.serving_role import migrated_database

pytestmark = pytest.mark.e2e

REGISTER = "/subjects/orders/versions"
REGISTER_GONE = "/subjects/gone/versions"
GONE = {"schema": '"string"'}
TARGETS = (
    *("/schemas/ids/1", "/schemas/ids/2", "/config/orders", "/subjects"),
    *(REGISTER, f"{REGISTER}?deleted=true", f"{REGISTER}/latest"),
)


@dataclass(frozen=True)
class Restarted:
    """A server that was started again.

    Attributes:
        before: What it answered then, in the order of `TARGETS`.
        after: What it answers now.

    """

    server: Server
    before: list[Any]
    after: list[Any]


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Return what makes a database, of either kind, and returns its URL."""
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        return partial(migrated_database, server)
    return lambda: f"sqlite:///{tmp_path_factory.mktemp('restarted')}/registry.db"


@pytest.fixture(scope="module", params=["stopped", "crashed"])
def restarted(
    request: pytest.FixtureRequest, new_database: Callable[[], str]
) -> Iterator[Restarted]:
    """A server that has the ids 1 and 2, and had 3, which was deleted for good."""
    with serve(new_database()) as server:
        for schema in (ORDER, ORDER_WITH_NOTE):
            ask_json(server.url, REGISTER, body=body(schema))
        ask_json(server.url, "/config/orders", "PUT", {"compatibility": "FULL"})
        ask(server.url, f"{REGISTER}/1", "DELETE")
        assert ask_json(server.url, REGISTER_GONE, body=GONE).json["id"] == 3
        ask(server.url, "/subjects/gone", "DELETE")
        ask(server.url, "/subjects/gone?permanent=true", "DELETE")
        before = answers(server)

        if request.param == "crashed":
            server.kill()
        else:
            assert server.stop() == 0
        server.start()

        yield Restarted(server, before, answers(server))


def answers(server: Server) -> list[Any]:
    return [ask(server.url, each).json for each in TARGETS]


def test_given_what_was_acknowledged_when_started_again_then_it_is_there(
    restarted: Restarted,
):
    assert restarted.after == restarted.before


def test_given_the_highest_id_deleted_when_started_again_then_it_is_not_reused(
    restarted: Restarted,
):
    url = restarted.server.url

    assert ask(url, "/schemas/ids/3").error_code == 40403
    again = ask_json(url, REGISTER_GONE, body=GONE).json
    assert (again["id"], again["version"]) == (4, 1)
