"""`wirepact db backup`: a copy of one moment, whole or not at all."""

import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from registry.application.changes import Changes
from registry.application.stored import Visibility
from registry.cli.db import db
from registry.domain.model import Subject, Version
from registry.storage.engine import SqlTransactions, connect
from tests.suites.registering import a_content, numbers, register

A = Subject("a")


def run(*arguments):
    result = CliRunner().invoke(db, ["backup", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def served(sqlite_url):
    """A database with one version, and connections open."""
    with closing(SqlTransactions(connect(sqlite_url), Changes())) as transactions:
        register(transactions, A, a_content())
        yield transactions


def test_given_a_served_database_when_backed_up_then_the_copy_holds_all(
    served, sqlite_url, tmp_path
):
    file = tmp_path / "größer backup.db"

    code, output = run("--database-url", sqlite_url, file)

    assert (code, output) == (0, f"{file}: {file.stat().st_size} bytes, checked\n")
    with closing(SqlTransactions(connect(f"sqlite:///{file}"), Changes())) as copy:
        assert numbers(copy, A, Visibility.ALL) == [Version(1)]
    assert [each.name for each in tmp_path.glob(".*")] == []


def test_given_somebody_writes_when_backed_up_then_neither_waits_for_the_other(
    served, sqlite_url, tmp_path
):
    file = tmp_path / "backup.db"
    found = []

    def act(store):
        store.lock(".")
        found.append(run("--database-url", sqlite_url, file)[0])

    served.write(act)

    assert found == [0]


def test_given_a_former_backup_when_backed_up_again_then_it_is_replaced(
    served, sqlite_url, tmp_path
):
    file = tmp_path / "backup.db"
    run("--database-url", sqlite_url, file)
    register(served, A, a_content('"int"'))

    assert run("--database-url", sqlite_url, file)[0] == 0

    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT count(*) FROM version").fetchone() == (2,)


def test_given_a_damaged_database_when_backed_up_then_the_former_backup_stays(
    served, sqlite_url, tmp_path
):
    for number in range(200):
        register(
            served, A, a_content(f'{{"type":"fixed","name":"f{number}","size":1}}')
        )
    served.close()
    file = tmp_path / "backup.db"
    run("--database-url", sqlite_url, file)
    before = file.read_bytes()
    database = tmp_path / "wirepact.db"
    pages = bytearray(database.read_bytes())
    pages[4096 * 8 :] = b"\xff" * (len(pages) - 4096 * 8)
    database.write_bytes(pages)

    code, output = run("--database-url", sqlite_url, file)

    assert code in {1, 3}
    assert "damaged" in output or "cannot be reached" in output
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.glob(".*")] == []


def test_given_postgresql_when_backed_up_then_pg_dump_is_named_and_no_password(
    tmp_path,
):
    code, output = run(
        "--database-url", "postgresql://a:secret@127.0.0.1:1/x", tmp_path / "b"
    )

    assert code == 2
    assert "pg_dump" in output
    assert "secret" not in output


def test_given_no_database_when_backed_up_then_none_is_made(tmp_path):
    code, _ = run("--database-url", f"sqlite:///{tmp_path}/x.db", tmp_path / "b")

    assert code == 3
    assert [*tmp_path.iterdir()] == []


def test_given_no_such_folder_when_backed_up_then_it_says_so(sqlite_url, tmp_path):
    file = tmp_path / "nowhere" / "b"

    code, output = run("--database-url", sqlite_url, file)

    assert code == 2
    assert f"{file} was not written: No such file or directory" in output


def test_given_the_database_itself_when_backed_up_into_then_it_is_refused(
    sqlite_url, tmp_path
):
    code, output = run("--database-url", sqlite_url, tmp_path / "wirepact.db")

    assert code == 2
    assert "another file" in output
