"""The trash of a server that lets go of it by itself."""

import sqlite3
import time
from contextlib import closing
from dataclasses import replace

from tests.services.in_process import in_process

_SCHEMA = {"schema": '"string"'}


def _delete_long_ago(registry, settings):
    registry.post("/subjects/a/versions", json=_SCHEMA)
    registry.delete("/subjects/a")
    file = settings.database_url.reveal().removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("UPDATE version SET deleted_ms = 1")


def test_given_a_retention_when_served_then_old_trash_goes_by_itself(settings):
    with in_process(settings) as registry:
        _delete_long_ago(registry, settings)

    with in_process(replace(settings, trash_retention_days=30)) as registry:
        give_up = time.monotonic() + 20
        while registry.get("/governance/v1/trash").json()["versions"]:
            assert time.monotonic() < give_up

        assert registry.get("/subjects?deleted=true").json() == []


def test_given_a_retention_when_listed_then_it_is_said_when_each_goes(settings):
    with in_process(replace(settings, trash_retention_days=30)) as registry:
        registry.post("/subjects/a/versions", json=_SCHEMA)
        registry.delete("/subjects/a")

        found = registry.get("/governance/v1/trash").json()

    assert found["retentionDays"] == 30
    (version,) = found["versions"]
    assert version["purgeTs"] - version["deletedTs"] == 30 * 24 * 3600 * 1000


def test_given_no_retention_when_served_then_old_trash_stays(settings):
    with in_process(settings) as registry:
        _delete_long_ago(registry, settings)

    with in_process(settings) as registry:
        found = registry.get("/governance/v1/trash").json()["versions"]

    assert [(each["subject"], each["deletedTs"]) for each in found] == [("a", 1)]
