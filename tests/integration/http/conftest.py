"""A registry in this process, with an empty database of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.domain.secrets import Secret
from registry.settings import Settings
from tests.services.in_process import InProcess, in_process, settings_of
from tests.services.postgres import Postgres
from tests.services.serving_role import served_database


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Write what is answered now into tests/exchanges; review it as code.",
    )


@pytest.fixture
def settings(wirepact_database: Path, tmp_path: Path) -> Settings:
    return settings_of(wirepact_database, tmp_path)


@pytest.fixture
def registry(settings: Settings) -> Iterator[InProcess]:
    with in_process(settings) as started:
        yield started


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def registry_on_either(request: pytest.FixtureRequest) -> Iterator[InProcess]:
    """Like `registry`, once on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("registry")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = served_database(postgres)
    with in_process(Settings(database_url=Secret(url))) as started:
        yield started
