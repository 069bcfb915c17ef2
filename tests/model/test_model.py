"""The registry agrees with its model, whatever is called in whatever order."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from registry.domain.secrets import Secret
from registry.settings import Settings
from tests.model import calls, machine
from tests.model.machine import Start
from tests.services.in_process import InProcess, in_process, settings_of
from tests.services.postgres import Postgres
from tests.services.serving_role import migrated_database

STEPS = 40


@pytest.fixture
def on_sqlite(wirepact_database: Path, tmp_path: Path) -> Start:
    numbers = itertools.count()

    @contextmanager
    def start() -> Iterator[InProcess]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        with in_process(settings_of(wirepact_database, folder)) as registry:
            yield registry

    return start


@pytest.fixture
def on_postgres(postgres: Postgres) -> Start:
    @contextmanager
    def start() -> Iterator[InProcess]:
        url = migrated_database(postgres)
        with in_process(Settings(database_url=Secret(url))) as registry:
            yield registry
        postgres.drop_database(url)

    return start


# Either plays for about half a minute; starting on PostgreSQL takes most of it.
@pytest.mark.parametrize(
    ("database", "games", "served"),
    [
        pytest.param("sqlite", 45, calls.CALLS, id="sqlite"),
        pytest.param(
            "postgres",
            8,
            frozenset({"register", "put_config", "put_mode"}),
            id="postgres",
            marks=pytest.mark.postgres,
        ),
    ],
)
def test_given_any_calls_when_made_then_the_registry_answers_as_its_model(
    request: pytest.FixtureRequest, database: str, games: int, served: frozenset[str]
):
    start: Start = request.getfixturevalue(f"on_{database}")
    machine.FIRED.clear()

    run_state_machine_as_test(
        machine.RegistryMachine.on(start),
        settings=settings(
            max_examples=request.config.getoption("--games", None) or games,
            stateful_step_count=request.config.getoption("--steps", None) or STEPS,
            suppress_health_check=[*HealthCheck],
        ),
    )

    # Agreement in nothing but refusals would tell little.
    assert served <= {name for name, code in machine.FIRED if code == 200}
