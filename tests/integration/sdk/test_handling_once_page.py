"""The pages about handling once do, and tell, what is so."""

import asyncio
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.integration.sdk.test_inbox_crashes import LEASE, SQL
from tests.services.postgres import Postgres
from wirepact import RegistryClient
from wirepact.database import Sql
from wirepact.events import find_event_type, isolated_events
from wirepact.inbox.port import Standing
from wirepact.inbox.sql import SqlInbox

DOCS = Path(__file__).parents[3] / "docs"
HOW_TO = (DOCS / "how-to/handle-once.md").read_text()
EXPLANATION = (DOCS / "explanation/idempotency.md").read_text()


def examples(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", HOW_TO, re.M | re.S)


@pytest.fixture
def url(postgres: Postgres):
    url = postgres.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE invoice (order_id text, cents int)")
        connection.execute("CREATE TABLE report AS SELECT 0 AS orders")
    yield url
    postgres.drop_database(url)


def rows(url, statement):
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


@pytest.mark.postgres
def test_messages_are_handled_once_as_the_page_says(url, wirepact_registry):
    names: dict[str, Any] = {"__name__": "example"}

    async def twice() -> None:
        app, order = names["app"], names["OrderCreated"]
        async with app.running():
            for _ in range(2):
                await app.publish(order("o-1", 1999), "orders", id="1")
            await app.publish(order("o-2", 50), "orders")
            await app._transport.broker.run_until_idle()

    with isolated_events():
        for example in examples("python"):
            placed = example.replace(
                "postgresql://billing:secret@localhost/billing", url
            )
            placed = placed.replace(
                "postgresql+psycopg://billing:secret@localhost/billing",
                url.replace("postgresql", "postgresql+psycopg"),
            )
            placed = placed.replace("http://registry:8081", wirepact_registry.url)
            exec(compile(placed, "a page", "exec"), names)  # noqa: S102 - our own page
        with RegistryClient(wirepact_registry.url) as client:
            schema = find_event_type(names["OrderCreated"]).schema
            client.register("orders-value", schema)
            client.register("legacy-value", schema)
        asyncio.run(twice())

    assert rows(url, "SELECT * FROM invoice ORDER BY 1") == [("o-1", 1999), ("o-2", 50)]
    assert rows(url, "SELECT orders FROM report") == [(2,)]
    keys = rows(
        url, "SELECT message_id FROM wirepact_inbox WHERE consumer LIKE '%greet'"
    )
    assert sorted(keys) == [("o-1",), ("o-2",)]


@pytest.mark.postgres
def test_the_table_on_the_page_is_the_one_that_is_made(url):
    (shown,) = examples("sql")
    made, _, grant = shown.rpartition("GRANT")

    assert made == SqlInbox(Sql(url)).ddl
    assert grant.startswith(" SELECT, INSERT, DELETE ON wirepact_inbox")


def test_the_table_of_crashes_tells_what_is_tried():
    told = {}
    for line in EXPLANATION.splitlines():
        cells = [cell.strip(" *") for cell in line.strip("|").split("|")]
        if cells[0] in SQL:
            told[cells[0]] = [cells[1].split(",")[0], cells[2]]
            told[cells[0]] += [cells[3].split(",")[0], cells[4]]

    assert told == {
        point: [*in_words(SQL[point]), *in_words(LEASE[point])] for point in SQL
    }


def in_words(tried: tuple[Standing, int]) -> list[str]:
    standing, effects = tried
    return [standing.name.lower(), str(effects)]
