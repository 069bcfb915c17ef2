"""`wirepact db`: exit codes, one sentence, no password."""

import pytest
from click.testing import CliRunner

from registry.cli.db import db
from registry.storage import migrations


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(db, arguments)
    return result.exit_code, result.output


def test_given_no_database_when_checked_then_1_and_what_to_do(tmp_path):
    code, output = run("check", "--database-url", f"sqlite:///{tmp_path}/x.db")

    assert code == 1
    assert "has no tables of a registry yet: run `wirepact db upgrade`" in output


def test_given_no_database_when_upgraded_then_it_is_up_to_date(tmp_path):
    url = f"sqlite:///{tmp_path}/x.db"

    code, output = run("upgrade", "--database-url", url)

    assert (code, output) == (0, f"{url} is up to date.\n")
    assert run("check", "--database-url", url) == (0, output)


@pytest.mark.parametrize("command", ["check", "upgrade"])
def test_given_a_newer_database_when_asked_then_1(tmp_path, command):
    url = f"sqlite:///{tmp_path}/x.db"
    migrations.upgrade(url)
    with migrations.migrating_engine(url).connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    code, output = run(command, "--database-url", url)

    assert code == 1
    assert "is of a newer release" in output


@pytest.mark.parametrize("command", ["check", "upgrade"])
def test_given_no_server_when_asked_then_3_and_no_password(command):
    code, output = run(command, "--database-url", "postgresql://a:secret@127.0.0.1:1/x")

    assert code == 3
    assert "secret" not in output


def test_given_a_url_that_cannot_be_used_when_asked_then_2_and_no_password():
    code, output = run("check", "--database-url", "mysql://a:secret@host/x")

    assert code == 2
    assert "secret" not in output


def test_given_no_url_when_checked_then_the_environment_says_which(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("WIREPACT_DATABASE_URL", f"sqlite:///{tmp_path}/y.db")

    code, output = run("check")

    assert code == 1
    assert "/y.db" in output
