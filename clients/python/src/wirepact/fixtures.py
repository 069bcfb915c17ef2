"""Fixtures that pytest finds by itself: a broker, a registry and a clock, in memory.

Pytest imports this module in every run: what is heavy is imported by the fixtures.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

_CONTRACTS: Final = "wirepact_contracts"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that says where contracts are."""
    parser.addini(
        _CONTRACTS,
        "Folders of contracts that the fixture `registry` begins with.",
        type="paths",
        default=[],
    )


@pytest.fixture
def clock() -> Any:
    """Return a `Clock`: in `clock.run(story())` waiting takes no time."""
    from wirepact.testing.clock import Clock

    return Clock()


@pytest.fixture
def registry(request: pytest.FixtureRequest) -> Any:
    """Return a `FakeRegistry`, with contracts by the setting `wirepact_contracts`."""
    from wirepact.testing.fake_registry import FakeRegistry
    from wirepact.testing.seeding import seed

    made = FakeRegistry()
    for folder in _folders(request.config):
        seed(made, folder)
    return made


@pytest.fixture
def broker(request: pytest.FixtureRequest, registry: Any, clock: Any) -> Iterator[Any]:
    """Return a `MemoryBroker`, on which `serving` and `deliver` put the apps."""
    from wirepact.testing.kit import kit

    has_contracts = bool(_folders(request.config))
    with kit(registry=registry, clock=clock, has_contracts=has_contracts) as made:
        yield made.broker


def _folders(config: pytest.Config) -> list[Path]:
    folders: list[Path] = config.getini(_CONTRACTS)
    return folders
