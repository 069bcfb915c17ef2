"""The ports of a registry over a fresh SQLite file."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import bootstrap
from registry.application.ports import Ports
from registry.domain.secrets import Secret
from registry.settings import Settings


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@pytest.fixture
def ports(wirepact_database: Path, database: Path) -> Iterator[Ports]:
    shutil.copy(wirepact_database, database)
    settings = Settings(database_url=Secret(f"sqlite:///{database}"))
    with bootstrap.opened(settings) as ports:
        yield ports
