"""Lists over many subjects: what they have, and how many statements they take."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, insert

from registry.application import contexts, listing, lookup
from registry.application.changes import Changes
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.application.stored import (
    Page,
    Selection,
    Visibility,
)
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.model import Reference, SchemaType, Subject
from registry.storage.engine import SqlTransactions, connect
from registry.storage.tables import (
    ConfigRow,
    ContentRow,
    ContextRow,
    SubjectRow,
    VersionRow,
)
from tests.suites.registering import a_content, register, soft_delete

MANY = 10_000
EVERY = Page()


class Counted:
    """Ports over a database, with the statements that its driver ran."""

    def __init__(self, url: str) -> None:
        engine = connect(url)
        self.statements: list[str] = []
        self.transactions = SqlTransactions(engine, Changes())
        self.ports = Ports(self.transactions, Parsing({}, DEFAULT_LIMITS, 0), lambda: 0)
        event.listen(engine, "connect", self._watch)

    def _watch(self, connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(self.statements.append)
            return
        statements = self.statements

        class Watched(psycopg.Cursor[Any]):
            def execute(self, query: Any, *args: Any, **more: Any) -> Any:
                statements.append(str(query))
                return super().execute(query, *args, **more)

        connection.cursor_factory = Watched


@pytest.fixture
def counted(url: str) -> Iterator[Counted]:
    found = Counted(url)
    with closing(found.transactions):
        yield found


def fill(url: str) -> None:
    """Write as many subjects, in two contexts, as if each had been registered."""
    engine = connect(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.execute(insert(ContextRow), [{"name": ".far"}])
        for table, each in (
            (SubjectRow, _subject),
            (ContentRow, _content),
            (VersionRow, _version),
        ):
            connection.execute(insert(table), [each(n) for n in range(1, MANY + 1)])
        aliases = [
            {"context": ".", "subject": f"alias{n}", "alias": f"s{n}"}
            for n in range(100, MANY + 1, 100)
        ]
        connection.execute(insert(ConfigRow), aliases)
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


def _context(number: int) -> str:
    return ".far" if number % 2 else "."


def _subject(number: int) -> dict[str, Any]:
    return {"context": _context(number), "name": f"s{number}", "revision": 1}


def _content(number: int) -> dict[str, Any]:
    return {
        "context": _context(number),
        "id": number,
        "schema_type": "AVRO",
        "text": '"string"',
        "content_sha256": number.to_bytes(32),
        "guid": number.to_bytes(16),
        "created_ms": 0,
    }


def _version(number: int) -> dict[str, Any]:
    return {
        "context": _context(number),
        "subject": f"s{number}",
        "version": 1,
        "schema_id": number,
        "created_ms": 0,
        "is_deleted": False,
    }


LISTS: dict[str, tuple[int, int, Callable[[Ports], list[Any]]]] = {
    "subjects": (
        MANY,
        1,
        lambda p: lookup.list_subjects(p, None, "", Visibility.LIVE, EVERY),
    ),
    "subjects of a context": (
        MANY // 2,
        1,
        lambda p: lookup.list_subjects(p, ".far", "s", Visibility.ALL, EVERY),
    ),
    "schemas": (
        MANY,
        1,
        lambda p: listing.list_schemas(p, Selection(None, "", Visibility.LIVE))[0],
    ),
    "latest schemas with aliases": (
        MANY // 2,
        2,
        lambda p: listing.list_schemas(
            p,
            Selection(".", "", Visibility.LIVE, latest_only=True),
            with_aliases=True,
        )[0],
    ),
    "what aliases stand for": (
        MANY // 100,
        2,
        lambda p: listing.list_schemas(
            p, Selection(".", "alias", Visibility.LIVE), with_aliases=True
        )[0],
    ),
    "contexts": (2, 1, lambda p: contexts.list_contexts(p, "", EVERY)),
}


def test_given_ten_thousand_subjects_when_listed_then_it_takes_one_or_two_statements(
    url: str, counted: Counted
):
    fill(url)

    for name, (expected, statements, act) in LISTS.items():
        act(counted.ports)
        counted.statements.clear()
        found = act(counted.ports)
        assert len(found) == expected, name
        assert len(counted.statements) == statements, (name, counted.statements)


def refer(counted: Counted, first: int, last: int) -> None:
    """Register schemas that refer to one of their own, and that one to a common one."""
    for number in range(first, last + 1):
        leaf, middle = f"leaf{number}", f"middle{number}"
        inner = f'{{"type":"fixed","name":"Leaf{number}","size":1}}'
        register(counted.transactions, Subject(leaf, ".far"), a_content(inner))
        field = f'{{"name":"f","type":"Leaf{number}"}}'
        text = f'{{"type":"record","name":"Middle{number}","fields":[{field}]}}'
        to_leaf = Reference(f"Leaf{number}", f":.far:{leaf}", 1)
        register(counted.transactions, Subject(middle), a_content(text, to_leaf))
        to_middle = Reference(f"Middle{number}", middle, 1)
        top = f'{{"type":"array","items":"Middle{number}"}}'
        subject = Subject(f"top{number}")
        register(counted.transactions, subject, a_content(top, to_middle))
        # What is deleted goes on to be meant by what refers to it.
        soft_delete(counted.transactions, Subject(leaf, ".far"), 1)


def test_given_references_when_a_page_is_rendered_then_statements_grow_with_depth_alone(
    counted: Counted,
):
    parsing = Parsing({SchemaType.AVRO: AvroFormat()}, DEFAULT_LIMITS, 0)
    ports = replace(counted.ports, parsing=parsing)

    def render() -> tuple[list[str], int]:
        wanted = Selection(".", "top", Visibility.LIVE)
        found, _ = listing.list_schemas(ports, wanted)
        counted.statements.clear()
        texts = lookup.rendered_each(ports, found, "resolved")
        return texts, len(counted.statements)

    refer(counted, 1, 2)
    render()
    few, of_few = render()
    refer(counted, 3, 30)
    many, of_many = render()

    assert (len(few), len(many)) == (2, 30)
    for text in many:
        assert '"type":"fixed"' in text
    assert of_many == of_few <= 4
