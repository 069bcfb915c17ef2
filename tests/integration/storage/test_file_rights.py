"""Who may read the files of a SQLite database: who has made them, and nobody else."""

import os
import subprocess
import sys
from pathlib import Path
from stat import S_IMODE

import pytest

from registry.domain.secrets import Secret
from registry.settings import Settings
from registry.storage import engine, migrations
from registry.storage.backup import back_up
from tests.services.in_process import in_process

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
OPEN = 0o644


@pytest.fixture(autouse=True)
def _usual_umask():
    former = os.umask(0o022)
    yield
    os.umask(former)


def rights(folder):
    return {each.name: S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


def test_given_a_new_database_when_written_then_its_files_are_for_the_owner_alone(
    tmp_path,
):
    url = f"sqlite:///{tmp_path / 'registry.db'}"
    migrations.upgrade(url)
    settings = Settings(database_url=Secret(url), allow_anyone=True)

    with in_process(settings, tmp_path) as registry:
        registry.post("/subjects/a/versions", json={"schema": '"int"'})
        found = rights(tmp_path)

    names = ("registry.db", "registry.db-wal", "registry.db-shm")
    assert {name: found[name] for name in names} == dict.fromkeys(names, 0o600)


def test_given_a_new_database_when_connected_without_tables_then_it_is_private(
    tmp_path,
):
    file = tmp_path / "registry.db"

    made = engine.connect(f"sqlite:///{file}")
    assert not file.exists()
    with made.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    made.dispose()

    assert set(rights(tmp_path).values()) == {0o600}


def test_given_a_database_that_is_there_then_its_rights_are_left_alone(tmp_path):
    file = tmp_path / "registry.db"
    file.touch()
    file.chmod(0o640)

    migrations.upgrade(f"sqlite:///{file}")
    made = engine.connect(f"sqlite:///{file}")
    with made.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        found = rights(tmp_path)
    made.dispose()

    assert set(found) == {"registry.db", "registry.db-wal", "registry.db-shm"}
    assert set(found.values()) == {0o640}


def test_given_a_backup_then_it_is_for_the_owner_alone(tmp_path):
    url = f"sqlite:///{tmp_path / 'registry.db'}"
    migrations.upgrade(url)

    back_up(url, tmp_path / "backup.db")

    assert rights(tmp_path)["backup.db"] == 0o600


def test_given_the_command_when_it_makes_a_database_then_it_is_private(tmp_path):
    file = tmp_path / "registry.db"

    subprocess.run(
        [str(Path(sys.executable).with_name("wirepact")), "db", "upgrade"],
        env={**os.environ, "WIREPACT_DATABASE_URL": f"sqlite:///{file}"},
        check=True,
        capture_output=True,
    )

    assert set(rights(tmp_path).values()) == {0o600}


def test_given_a_folder_that_cannot_be_written_when_connected_then_sqlite_says_why(
    tmp_path,
):
    url = f"sqlite:///{tmp_path / 'none' / 'registry.db'}"

    with pytest.raises(Exception, match="unable to open database file"):
        engine.connect(url).connect()
