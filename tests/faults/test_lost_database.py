"""The database is gone: what is known is told, the rest is refused for now."""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.builders import ORDER, a_name, body, field, record
from tests.e2e.polling import until
from tests.e2e.wire import Answer, ask, ask_json
from tests.services.postgres import Postgres
from tests.services.server import Server, serve
from tests.services.serving_role import migrated_database

pytestmark = [pytest.mark.e2e, pytest.mark.postgres]

# Five times what the server allows itself: the machine may be busy.
MOST_S = 15.0
REGISTER = "/subjects/known/versions"
GUID = "ba2ac379-1fd3-3f3e-a2a4-686d0e2c6f75"
KNOWN = [
    "/schemas/ids/1",
    "/schemas/ids/1?subject=known",
    f"/schemas/guids/{GUID}",
]
TOPIC = "/associations/resources/-/known?resourceType=topic&associationType=value"
REQUESTS = {
    "an id nobody asked for": ("GET", "/schemas/ids/2147483647", None),
    "another known id": ("GET", "/schemas/ids/2", None),
    "a topic nobody asked for": ("GET", TOPIC.replace("known", "other"), None),
    "versions": ("GET", REGISTER, None),
    "subjects": ("GET", "/subjects", None),
    "registration": ("POST", REGISTER, body(record(field("new")))),
    "registration again": ("POST", REGISTER, body(ORDER)),
    "look-up": ("POST", "/subjects/known", body(ORDER)),
    "comparison": ("POST", f"/compatibility{REGISTER}/latest", body(ORDER)),
    "a level": ("PUT", "/config/known", {"compatibility": "NONE"}),
    "deletion": ("DELETE", "/subjects/known", None),
}


@pytest.fixture(scope="module")
def registry(own_postgres: Postgres) -> Iterator[Server]:
    """A server that has answered for id 1, never for 2, and then lost its database."""
    url = migrated_database(own_postgres)
    with serve(url) as server:
        guid = ask_json(server.url, REGISTER, body=body(ORDER)).json["guid"]
        assert guid == GUID
        ask_json(server.url, "/subjects/other/versions", body=body("string"))
        assert {ask(server.url, each).status for each in (*KNOWN, TOPIC)} == {200}
        own_postgres.stop(immediately=True)
        until(lambda: ready(server) == 503)
        yield server


def ready(server: Server) -> int:
    return ask(server.url, "/health/ready").status


def is_refused_for_now(answer: Answer) -> bool:
    assert answer.status == 503, answer
    assert answer.error_code == 503
    return int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("target", KNOWN)
def test_given_no_database_when_a_known_schema_is_asked_then_it_is_answered(
    registry: Server, target: str
):
    for _ in range(20):
        answer = ask(registry.url, target)

        assert answer.status == 200
        assert answer.json["guid"] == GUID


def test_given_no_database_when_a_known_topic_is_asked_then_readers_can_go_on(
    registry: Server,
):
    answer = ask(registry.url, TOPIC)

    assert (answer.status, answer.json) == (200, [])


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_given_no_database_when_it_is_needed_then_503_in_time(
    registry: Server, request_: tuple[str, str, object]
):
    method, target, content = request_
    started = time.monotonic()

    answer = ask_json(registry.url, target, method, content)

    assert is_refused_for_now(answer)
    assert time.monotonic() - started < MOST_S


def test_given_no_database_when_probed_then_live_is_green_and_ready_is_red(
    registry: Server,
):
    for _ in range(20):
        assert ask(registry.url, "/health/live").status == 200
        assert ask(registry.url, "/health/ready").status == 503


def test_given_many_that_wait_when_one_asks_for_what_is_known_then_at_once(
    registry: Server,
):
    """Nobody holds up those who do not need the database."""
    for _ in range(5):
        ask_json(registry.url, REGISTER, body=body(record(field(a_name("f")))))
        started = time.monotonic()
        assert ask(registry.url, "/schemas/ids/1").status == 200
        assert time.monotonic() - started < 1


def test_given_the_database_is_back_when_asked_then_all_is_well_without_a_restart(
    own_postgres: Postgres,
):
    url = migrated_database(own_postgres_running(own_postgres))
    with serve(url) as server:
        pid = server.pid
        ask_json(server.url, REGISTER, body=body(ORDER))
        own_postgres.stop()
        until(lambda: ready(server) == 503)

        own_postgres.start()

        until(lambda: ready(server) == 200, timeout_s=MOST_S)
        answer = ask_json(server.url, REGISTER, body=body(ORDER))
        assert answer.json["id"] == 1
        new = ask_json(server.url, "/subjects/b/versions", body=body("int"))
        assert new.json["id"] == 2
        assert server.pid == pid


def own_postgres_running(server: Postgres) -> Postgres:
    try:
        assert server.pid
    except RuntimeError:
        server.start()
    return server
