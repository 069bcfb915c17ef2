"""Commands that are run in this process against registries that are served."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from registry.cli.commands import COMMANDS
from tests.services.server import Server, serve
from wirepact.cli.shell import LazyGroup


@pytest.fixture
def wirepact(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command of the registry's; no variable of ours is set."""
    for name in ("URL", "TOKEN", "USER", "CONTEXT", "CA_FILE", "FROM_URL"):
        monkeypatch.delenv(f"WIREPACT_{name}", raising=False)
    group = LazyGroup(name="wirepact", table=COMMANDS)

    def run(*arguments: object, **more: Any) -> Result:
        return CliRunner().invoke(group, [*map(str, arguments)], **more)

    return run


@pytest.fixture(scope="session")
def registry_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that tests share: each keeps to subjects of its own."""
    folder = tmp_path_factory.mktemp("registry")
    with serve(f"sqlite:///{folder / 'registry.db'}") as started:
        yield started.url


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Server]:
    with serve(f"sqlite:///{tmp_path / 'source.db'}") as started:
        yield started


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Server]:
    with serve(f"sqlite:///{tmp_path / 'target.db'}") as started:
        yield started


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as client:
        yield client
