"""Every route, asked by every kind of caller, about every kind of target."""

import csv
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from registry.domain.secrets import Secret
from registry.settings import Settings
from tests.integration.http.access.asking import (
    FOREIGN,
    KINDS,
    MISSING,
    Asked,
    Target,
    all_asked,
    target,
)
from tests.integration.http.access.callers import CALLERS, GRANTED, Callers, guarded
from tests.services.postgres import Postgres
from tests.services.serving_role import served_database

TABLE = Path(__file__).parent / "matrix.csv"
"""Statuses by request, target and caller: what is expected, reviewed line by line."""

ANY = "any"
HEADER = ("request", "target", *CALLERS)
# Whoever may read a foreign subject is told of it; all others of nothing.
OUTSIDERS = [each for each in GRANTED if each != "admin"]
Table = dict[tuple[str, str], list[str]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def callers(request: pytest.FixtureRequest) -> Iterator[Callers]:
    if request.param == "sqlite":
        settings: Settings = request.getfixturevalue("settings")
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = served_database(postgres)
        settings = Settings(database_url=Secret(url))
    with guarded(settings) as started:
        yield started


def test_when_every_route_is_asked_by_everybody_then_the_table_is_kept_to(
    callers: Callers, request: pytest.FixtureRequest
):
    found: Table = {}

    for asked in all_asked():
        for kind in KINDS if asked.has_target else (ANY,):
            found[asked.name, kind] = _statuses(callers, asked, kind)

    if request.config.getoption("--update-golden"):
        _write(found)
    assert found == expected()


def test_when_asked_by_outsiders_then_foreign_is_as_missing(callers: Callers):
    told_apart = [
        (asked.name, caller, foreign, missing)
        for asked in all_asked()
        if asked.has_target
        for caller in OUTSIDERS
        for foreign, missing in [
            (
                _told(callers, asked, FOREIGN, caller),
                _told(callers, asked, MISSING, caller),
            )
        ]
        if foreign != missing
    ]

    assert told_apart == []


def test_given_the_table_then_nobody_who_is_unknown_gets_anything_but_probes():
    opened = {
        request
        for (request, _), statuses in expected().items()
        if set(statuses[:3]) != {"401"}
    }

    assert opened == {"GET /health/live", "GET /health/ready"}


def _statuses(callers: Callers, asked: Asked, kind: str) -> list[str]:
    found, it = [], target(callers, kind, asked)
    for caller in CALLERS:
        answer = _asked(callers, asked, it, caller)
        found.append(_status(answer))
        if asked.method != "GET" and answer.is_success:
            it = target(callers, kind, asked)
    return found


def _status(answer: httpx.Response) -> str:
    """Return the status, of a batch with that of its only part."""
    if answer.status_code != HTTPStatus.MULTI_STATUS:
        return str(answer.status_code)
    (part,) = answer.json()["results"]
    error = part.get("error")
    return f"207: {str(error['error_code'])[:3] if error else 200}"


def _told(callers: Callers, asked: Asked, kind: str, caller: str) -> tuple[int, str]:
    it = target(callers, kind, asked)
    answer = _asked(callers, asked, it, caller)
    return answer.status_code, it.anonymous(answer.text)


def _asked(callers: Callers, asked: Asked, it: Target, caller: str) -> httpx.Response:
    headers = {"content-type": "application/json"}
    return callers.ask(
        caller,
        asked.method,
        asked.path(it),
        content=asked.content(it),
        headers=headers,
    )


def expected() -> Table:
    with TABLE.open(newline="") as file:
        _, *rows = csv.reader(file)
    return {(request, kind): statuses for request, kind, *statuses in rows}


def _write(found: Table) -> None:
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows([*key, *statuses] for key, statuses in found.items())
