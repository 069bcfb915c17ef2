"""Commands that are run in this process against registries that are served."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from registry.cli.commands import COMMANDS
from registry.testing import TestedRegistry, running
from tests.services.in_process import settings_of
from tests.services.server import NO_AUTHORITIES, serve
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
def source(wirepact_database: Path, tmp_path: Path) -> Iterator[TestedRegistry]:
    """An empty registry of a test's own, in this process: that starts much faster."""
    with _running(wirepact_database, tmp_path / "source") as started:
        yield started


@pytest.fixture
def target(wirepact_database: Path, tmp_path: Path) -> Iterator[TestedRegistry]:
    """Another one."""
    with _running(wirepact_database, tmp_path / "target") as started:
        yield started


def _running(template: Path, folder: Path) -> AbstractContextManager[TestedRegistry]:
    folder.mkdir()
    return running(settings_of(template, folder))


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30, verify=NO_AUTHORITIES) as client:
        yield client
