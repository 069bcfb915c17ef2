"""Database URLs: which are accepted, and that no secret is ever told."""

from pathlib import Path

import pytest

from registry.storage.areas import after_all_with
from registry.storage.engine import connect
from registry.storage.patience import PatientConnection
from registry.storage.urls import (
    DatabaseUrlError,
    parsed,
    refuse_network_file_system,
    without_secrets,
)

# Source: proc(5), /proc/pid/mountinfo.
MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:50 / /srv rw,relatime - nfs4 server:/srv rw
41 40 8:2 / /srv/local rw - xfs /dev/sdb1 rw
42 22 0:51 / /mnt/with\\040blank rw - cifs //server/share rw
43 22 0:52 / /home rw - nfs server:/home rw
44 43 8:3 / /home rw - ext4 /dev/sdc1 rw
"""


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:///wirepact.db", "sqlite+pysqlite"),
        ("sqlite:////var/lib/wirepact.db", "sqlite+pysqlite"),
        ("postgresql://ann@host/db", "postgresql+psycopg"),
        ("postgres://ann@host:5432/db", "postgresql+psycopg"),
        ("postgresql+asyncpg://ann@host/db", "postgresql+psycopg"),
    ],
)
def test_given_a_known_database_when_parsed_then_its_one_driver(text, driver):
    assert parsed(text).drivername == driver


@pytest.mark.parametrize(
    "text",
    [
        "secret",
        "",
        "mysql://ann:secret@host/db",
        "postgresql://ann:secret@host:secret/db",
        "postgresql://ann:secret@host:99999999/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:secret?uri=true",
        "sqlite://secret/wirepact.db",
    ],
)
def test_given_a_url_that_cannot_be_used_when_connected_then_no_part_of_it_is_told(
    text,
):
    with pytest.raises(DatabaseUrlError) as caught:
        connect(text)

    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_given_a_password_when_named_for_people_then_it_is_left_out():
    url = "postgresql://ann:secret@host:5432/db?sslpassword=secret"

    assert without_secrets(url) == "postgresql://ann:***@host:5432/db"
    assert "secret" not in repr(connect(url))


@pytest.mark.parametrize(
    "file", ["/srv/x.db", "/srv/deep/er/x.db", "/mnt/with blank/x"]
)
def test_given_a_file_on_another_machine_when_checked_then_refused(file):
    with pytest.raises(DatabaseUrlError, match="network file system"):
        refuse_network_file_system(Path(file), MOUNTS)


@pytest.mark.parametrize("file", ["/x.db", "/srv/local/x.db", "/srvx/x.db", "/home/x"])
def test_given_a_local_file_when_checked_then_fine(file):
    refuse_network_file_system(Path(file), MOUNTS)


@pytest.mark.parametrize(
    ("query", "prepare_threshold"), [("", 5), ("?pgbouncer=true", None)]
)
def test_given_pgbouncer_when_connected_then_nothing_stays_on_a_session(
    query, prepare_threshold, monkeypatch
):
    given = {}

    def connected(**arguments):
        given.update(arguments)
        raise KeyError

    monkeypatch.setattr(PatientConnection, "connect", connected)
    engine = connect(f"postgresql://ann@host/db{query}")

    with pytest.raises(KeyError):
        engine.raw_connection()

    assert given.get("prepare_threshold", 5) == prepare_threshold
    assert ("options" in given) is not bool(query)
    assert "pgbouncer" not in given


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", None),
        ("a", "b"),
        ("az", "a{"),
        ("\ud7ff", "\ue000"),
        ("a\U0010ffff", "b"),
        ("\U0010ffff", None),
    ],
)
def test_when_asked_what_follows_all_with_a_prefix_then_the_least_such_text(
    prefix, expected
):
    assert after_all_with(prefix) == expected
