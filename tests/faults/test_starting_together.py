"""Many start at once on a new database, as after a roll-out."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.builders import ORDER, a_name, body, field, record
from tests.e2e.starting import all_started
from tests.e2e.wire import ask_json
from tests.services.postgres import Postgres
from tests.services.server import COMMAND, Server, serve
from tests.services.serving_role import migrated_database

pytestmark = [pytest.mark.e2e, pytest.mark.postgres]

AT_ONCE = 4


def command(*arguments: str, database_url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments, "--database-url", database_url],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin"},
    )


def test_given_an_empty_database_when_upgraded_by_four_then_all_succeed(
    postgres: Postgres,
):
    url = postgres.create_database()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        tries = [
            pool.submit(command, "db", "upgrade", database_url=url)
            for _ in range(AT_ONCE)
        ]

    assert [each.result().returncode for each in tries] == [0] * AT_ONCE, [
        each.result().stderr for each in tries
    ]
    with serve(url) as server:
        assert register(server, ORDER) == 1


def test_given_a_new_database_when_four_start_at_once_then_all_serve(
    postgres: Postgres,
):
    url = migrated_database(postgres)
    starting = [serve(url) for _ in range(AT_ONCE)]
    with all_started(starting) as servers, ThreadPoolExecutor(AT_ONCE) as pool:
        schemas = [record(field(f"f{number}")) for number in range(5 * AT_ONCE)]
        ids = list(pool.map(register, servers * 5, schemas))

    assert sorted(ids) == list(range(1, 5 * AT_ONCE + 1))


def test_given_a_database_without_tables_when_started_then_the_way_out_is_named(
    postgres: Postgres,
):
    refused = command(
        *("serve", "--listen", "127.0.0.1:0"),
        database_url=postgres.create_database(),
    )

    assert refused.returncode not in {0, None}
    assert "wirepact db upgrade" in refused.stderr + refused.stdout
    assert "Traceback" not in refused.stderr


def register(server: Server, schema: object) -> int:
    target = f"/subjects/{a_name()}/versions"
    answer = ask_json(server.url, target, body=body(schema))
    assert answer.status == 200, answer.body
    return int(answer.json["id"])
