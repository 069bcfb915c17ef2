"""Levels of a database: from nothing up, down again, by several at once."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from registry.domain.errors import StoreUnavailableError
from registry.storage import migrations
from registry.storage.migrations import Level
from registry.storage.tables import METADATA

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / '100% new.db'}"
    found: str = request.getfixturevalue("postgres").create_database()
    return found


def test_given_nothing_when_upgraded_then_it_is_what_the_tables_say(empty_url):
    assert migrations.state(empty_url).level is Level.EMPTY

    assert migrations.upgrade(empty_url).level is Level.CURRENT

    with migrations.migrating_engine(empty_url).connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        check = {
            (table, each["name"])
            for table in METADATA.tables
            for each in inspect(connection).get_check_constraints(table)
        }
    assert check == {
        ("content", "ck_content_id"),
        ("content", "ck_content_sha256"),
        ("version", "ck_version_number"),
    }


def test_given_the_newest_level_when_downgraded_then_nothing_is_left(empty_url):
    migrations.upgrade(empty_url)

    assert migrations.downgrade(empty_url, "base").level is Level.EMPTY

    with migrations.migrating_engine(empty_url).connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    assert migrations.upgrade(empty_url).level is Level.CURRENT


# As the first release writes and reads: frozen here, for it runs on while servers are
# replaced one by one.
_WRITE_CONFIG_0001 = """
INSERT INTO config (context, subject, level, normalize, validate_new_schemas)
VALUES ('.', 's', 'FULL', TRUE, NULL)
ON CONFLICT (context, subject) DO UPDATE SET level = excluded.level,
normalize = excluded.normalize, validate_new_schemas = excluded.validate_new_schemas
"""
_READ_CONFIG_0001 = "SELECT level, normalize, validate_new_schemas FROM config"


def test_given_a_config_of_the_first_release_when_up_and_down_then_it_is_kept(
    empty_url,
):
    migrations.upgrade(empty_url, "0001")
    with migrations.migrating_engine(empty_url).connect() as connection:
        connection.exec_driver_sql(_WRITE_CONFIG_0001)

        assert migrations.upgrade(empty_url).level is Level.CURRENT
        assert _configs(connection) == [("FULL", True, None)]
        assert migrations.downgrade(empty_url, "0001").level is Level.OLDER
        assert _configs(connection) == [("FULL", True, None)]


def test_given_the_first_release_on_the_newest_tables_when_it_writes_then_all_holds(
    empty_url,
):
    migrations.upgrade(empty_url)
    with migrations.migrating_engine(empty_url).connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO config (context, subject, level, compatibility_group, alias)"
            " VALUES ('.', 's', 'NONE', 'major', 't')"
        )

        connection.exec_driver_sql(_WRITE_CONFIG_0001)

        assert _configs(connection) == [("FULL", True, None)]
        kept = connection.exec_driver_sql(
            "SELECT compatibility_group, alias FROM config"
        )
        assert tuple(kept.one()) == ("major", "t")


def _configs(connection):
    rows = connection.exec_driver_sql(_READ_CONFIG_0001).fetchall()
    return [tuple(row) for row in rows]


def test_given_an_upgraded_one_when_upgraded_again_then_nothing_changes(url):
    before = migrations.state(url)

    assert migrations.upgrade(url) == before


def test_given_a_newer_release_has_been_here_when_upgraded_then_it_is_left_alone(
    empty_url,
):
    migrations.upgrade(empty_url)
    with migrations.migrating_engine(empty_url).connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    found = migrations.upgrade(empty_url)

    assert (found.level, found.found) == (Level.NEWER, "9999")


def test_given_four_processes_when_all_upgrade_at_once_then_all_find_it_done(empty_url):
    program = (
        "import sys; from registry.storage import migrations;"
        "sys.stdin.read(); print(migrations.upgrade(sys.argv[1]).level.name)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(4)
    ]

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda each: each.communicate("go", 120), processes))

    assert outcomes == [("CURRENT\n", "")] * 4


def test_given_no_file_when_asked_for_its_level_then_none_is_made(tmp_path):
    file = tmp_path / "none.db"

    assert migrations.state(f"sqlite:///{file}").level is Level.EMPTY

    assert not file.exists()


def test_when_a_file_is_upgraded_then_readers_need_not_wait_for_writers(tmp_path):
    file = tmp_path / "new.db"

    migrations.upgrade(f"sqlite:///{file}")

    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.parametrize("act", [migrations.state, migrations.upgrade])
def test_given_no_server_when_asked_then_unavailable_and_no_password_is_told(act):
    with pytest.raises(StoreUnavailableError) as caught:
        act("postgresql://ann:secret@127.0.0.1:1/x")

    assert "secret" not in f"{caught.value} {caught.value.__cause__!r}"
