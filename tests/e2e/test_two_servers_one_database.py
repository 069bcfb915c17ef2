"""What one server is told, every worker of another one knows."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.builders import (
    ORDER,
    ORDER_WITH_CURRENCY,
    a_name,
    body,
    field,
    record,
)
from tests.e2e.starting import all_started
from tests.e2e.wire import Answer, ask, ask_json
from tests.services.postgres import Postgres
from tests.services.server import Server, serve
from tests.services.serving_role import migrated_database

pytestmark = [pytest.mark.e2e, pytest.mark.postgres]

WITHIN_S = 1.0
# Each is a connection of its own; that one of two workers gets none of them is less
# likely than one in thirty thousand.
ASKED_AT_ONCE = 16


@pytest.fixture(scope="module")
def servers(postgres: Postgres) -> Iterator[list[Server]]:
    """A server with one worker and one with two, over one database."""
    url = migrated_database(postgres)
    with all_started([serve(url), serve(url, "--workers", "2")]) as both:
        yield both


def register(server: Server, subject: str, schema: object) -> dict[str, object]:
    answer = ask_json(server.url, f"/subjects/{subject}/versions", body=body(schema))
    assert answer.status == 200, answer.body
    told: dict[str, object] = answer.json
    return told


def delete(server: Server, target: str) -> None:
    answer = ask(server.url, target, "DELETE")
    assert answer.status == 200, answer.body


def a_schema() -> dict[str, object]:
    """Return a schema that no other test has: by-id answers are about all its uses."""
    return record(field(a_name("f").replace("-", "_")))


def everywhere(servers: list[Server], target: str) -> list[Answer]:
    return [ask(server.url, target) for server in servers for _ in range(ASKED_AT_ONCE)]


def delay(
    servers: list[Server], target: str, is_new: Callable[[Answer], bool]
) -> float:
    """Return how long after now the last old answer was seen, on any worker."""
    started = last_old = time.monotonic()
    while time.monotonic() < started + 10:
        asked_at = time.monotonic()
        if all(map(is_new, everywhere(servers, target))):
            return last_old - started
        last_old = asked_at
    raise AssertionError(f"{target}: an old answer after 10 s")


def by_id(told: dict[str, object]) -> str:
    return f"/schemas/ids/{told['id']}"


WAYS = {
    "by id": "/schemas/ids/{id}",
    "by id and subject": "/schemas/ids/{id}?subject={subject}",
    "by guid": "/schemas/guids/{guid}",
    "its text": "/schemas/ids/{id}/schema",
    "its uses": "/schemas/ids/{id}/versions?deleted=true",
    "by version": "/subjects/{subject}/versions/1?deleted=true",
    "by lookup of versions": "/subjects/{subject}/versions?deleted=true",
}


def test_given_an_id_nobody_knows_when_it_is_made_then_all_answer_at_once(
    servers: list[Server],
):
    for _ in range(10):
        newest = int(str(register(servers[0], a_name(), a_schema())["id"]))
        unknown = everywhere(servers, f"/schemas/ids/{newest + 1}")
        assert {each.error_code for each in unknown} == {40403}

        told = register(servers[0], a_name(), a_schema())

        assert told["id"] == newest + 1
        assert {each.status for each in everywhere(servers, by_id(told))} == {200}


def test_given_a_guid_when_registered_on_one_then_the_other_answers_at_once(
    servers: list[Server],
):
    for schema in [a_schema() for _ in range(5)]:
        told = register(servers[1], a_name(), schema)

        answers = everywhere(servers, f"/schemas/guids/{told['guid']}")

        assert {each.status for each in answers} == {200}


def test_given_a_cached_answer_when_soft_deleted_then_all_tell_within_a_second(
    servers: list[Server],
):
    subject = a_name()
    told = register(servers[0], subject, a_schema())
    assert not any(each.json["deleted"] for each in everywhere(servers, by_id(told)))

    delete(servers[0], f"/subjects/{subject}")

    waited = delay(servers, by_id(told), lambda answer: answer.json["deleted"])
    assert waited < WITHIN_S


def test_given_a_cached_answer_when_used_by_another_subject_then_all_tell(
    servers: list[Server],
):
    schema, first = a_schema(), a_name()
    told = register(servers[0], f"z-{first}", schema)
    found = {each.json["subject"] for each in everywhere(servers, by_id(told))}
    assert found == {f"z-{first}"}

    register(servers[1], f"a-{first}", schema)

    waited = delay(
        servers, by_id(told), lambda answer: answer.json["subject"] == f"a-{first}"
    )
    assert waited < WITHIN_S


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_given_a_cached_answer_when_deleted_for_good_then_it_is_unknown(
    servers: list[Server], way: str
):
    subject = a_name()
    told = {**register(servers[0], subject, a_schema()), "subject": subject}
    target = way.format_map(told)
    assert {each.status for each in everywhere(servers, target)} == {200}

    delete(servers[1], f"/subjects/{subject}")
    delete(servers[1], f"/subjects/{subject}?permanent=true")

    waited = delay(servers, target, lambda answer: answer.status == 404)
    assert waited < WITHIN_S


def test_given_an_entity_tag_when_the_answer_changes_then_it_is_sent_again(
    servers: list[Server],
):
    subject = a_name()
    told = register(servers[0], subject, a_schema())
    tag = ask(servers[1].url, by_id(told)).headers["etag"]
    known = (("If-None-Match", tag),)
    assert ask(servers[1].url, by_id(told), headers=known).status == 304

    delete(servers[0], f"/subjects/{subject}")

    delay(servers, by_id(told), lambda answer: answer.json["deleted"])
    assert ask(servers[1].url, by_id(told), headers=known).status == 200


def test_given_a_level_set_on_one_when_registered_on_the_other_then_it_holds_at_once(
    servers: list[Server],
):
    subject = a_name()
    register(servers[1], subject, ORDER)
    target = f"/subjects/{subject}/versions"
    broken = body(ORDER_WITH_CURRENCY)
    assert ask_json(servers[1].url, target, body=broken).error_code == 40901

    level = {"compatibility": "NONE"}
    ask_json(servers[0].url, f"/config/{subject}", "PUT", level)

    assert ask_json(servers[1].url, target, body=broken).status == 200


def test_given_a_version_on_one_when_the_latest_is_asked_of_all_then_it_is_told(
    servers: list[Server],
):
    subject = a_name()
    for number in range(1, 6):
        more = [field(f"f{each}", "string", default="") for each in range(number)]

        register(servers[number % 2], subject, record(*more))

        answers = everywhere(servers, f"/subjects/{subject}/versions/latest")
        assert {each.json["version"] for each in answers} == {number}
