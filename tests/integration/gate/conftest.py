"""The ports of a registry over a fresh SQLite file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import bootstrap
from registry.application.ports import Ports
from registry.domain.secrets import Secret
from registry.settings import Settings
from registry.storage import migrations


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@pytest.fixture
def ports(database: Path) -> Iterator[Ports]:
    url = f"sqlite:///{database}"
    migrations.upgrade(url)
    with bootstrap.opened(Settings(database_url=Secret(url))) as ports:
        yield ports
