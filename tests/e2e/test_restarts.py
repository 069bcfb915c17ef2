"""A server is started again: it remembers, and never gives an id twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.builders import ORDER, ORDER_WITH_NOTE, body
from tests.e2e.wire import ask, ask_json
from tests.services.postgres import Postgres
from tests.services.server import Server, serve
from tests.services.serving_role import migrated_database

pytestmark = pytest.mark.e2e

REGISTER = "/subjects/orders/versions"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of its own, on either database."""
    url = f"sqlite:///{tmp_path}/registry.db"
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = migrated_database(server)
    with serve(url) as started:
        yield started


def restart(server: Server, *, after_a_crash: bool) -> None:
    if after_a_crash:
        server.kill()
    else:
        assert server.stop() == 0
    server.start()


@pytest.mark.parametrize("after_a_crash", [False, True])
def test_given_the_highest_id_deleted_when_started_again_then_it_is_not_reused(
    registry: Server,
    after_a_crash: bool,  # noqa: FBT001 - a parameter of the table
):
    assert ask_json(registry.url, REGISTER, body=body(ORDER)).json["id"] == 1
    ask(registry.url, "/subjects/orders", "DELETE")
    ask(registry.url, "/subjects/orders?permanent=true", "DELETE")

    restart(registry, after_a_crash=after_a_crash)

    assert ask(registry.url, "/schemas/ids/1").error_code == 40403
    again = ask_json(registry.url, REGISTER, body=body(ORDER)).json
    assert (again["id"], again["version"]) == (2, 1)


@pytest.mark.parametrize("after_a_crash", [False, True])
def test_given_what_was_acknowledged_when_started_again_then_it_is_there(
    registry: Server,
    after_a_crash: bool,  # noqa: FBT001 - a parameter of the table
):
    for schema in (ORDER, ORDER_WITH_NOTE):
        ask_json(registry.url, REGISTER, body=body(schema))
    ask_json(registry.url, "/config/orders", "PUT", {"compatibility": "FULL"})
    ask(registry.url, f"{REGISTER}/1", "DELETE")
    targets = [
        *("/schemas/ids/1", "/schemas/ids/2", "/config/orders", "/subjects"),
        *(REGISTER, f"{REGISTER}?deleted=true", f"{REGISTER}/latest"),
    ]
    before = [ask(registry.url, each).json for each in targets]

    restart(registry, after_a_crash=after_a_crash)

    assert [ask(registry.url, each).json for each in targets] == before
