"""`wirepact db purge`: what goes, and how it ends."""

from contextlib import closing

import pytest
from click.testing import CliRunner

from registry.application.changes import Changes
from registry.cli.db import db
from registry.domain.model import Subject
from registry.storage.engine import SqlTransactions, connect
from tests.suites.registering import a_content, register, soft_delete

A = Subject("a")


def run(*arguments):
    result = CliRunner().invoke(db, ["purge", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def with_trash(serving_url):
    """A database whose trash is of the year 2023."""
    with closing(SqlTransactions(connect(serving_url), Changes())) as transactions:
        register(transactions, A, a_content())
        register(transactions, A, a_content('"int"'))
        soft_delete(transactions, A, 1)
    return serving_url


def test_given_old_trash_when_purged_then_it_is_named_and_gone(with_trash):
    code, output = run("--database-url", with_trash, "--retention-days", 30)

    assert (code, output) == (0, "a version 1\n1 removed for good.\n")
    assert run("--database-url", with_trash, "--retention-days", 0) == (
        0,
        "0 removed for good.\n",
    )


def test_given_the_environment_when_purged_then_it_says_how_old(
    with_trash, monkeypatch
):
    monkeypatch.setenv("WIREPACT_TRASH_RETENTION_DAYS", "30")

    assert run("--database-url", with_trash)[0] == 0


def test_given_no_retention_when_purged_then_it_asks_for_one(with_trash):
    code, output = run("--database-url", with_trash)

    assert code == 2
    assert "--retention-days" in output


def test_given_no_tables_when_purged_then_nothing_is_made(tmp_path):
    code, output = run(
        "--database-url", f"sqlite:///{tmp_path}/x.db", "--retention-days", 1
    )

    assert code == 1
    assert "run `wirepact db upgrade`" in output


def test_given_no_server_when_purged_then_3_and_no_password():
    code, output = run(
        "--database-url", "postgresql://a:secret@127.0.0.1:1/x", "--retention-days", 1
    )

    assert code == 3
    assert "secret" not in output
