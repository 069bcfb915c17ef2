"""Thousands of small histories: the registry answers each request as the model does."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from registry.settings import Settings
from registry.storage import migrations
from tests.model.machine import RegistryMachine
from tests.services.in_process import InProcess, in_process, migrated, settings_of
from tests.services.postgres import Postgres

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "60"))
STEPS = 40
# Each of these was seen often, or the machine has stopped looking where it matters.
OUTCOMES = (
    *("POST /subjects: done", "POST /subjects: 40901", "POST /subjects: 42201"),
    *("POST /subjects: 42205", "POST /subjects: 40401", "POST /subjects: 40403"),
    *("GET /subjects: done", "GET /subjects: 40401", "GET /subjects: 40402"),
    *("POST /compatibility: done", "POST /compatibility: 40402"),
    *("DELETE /subjects: done", "DELETE /subjects: 40401", "DELETE /subjects: 40402"),
    *("DELETE /subjects: 40404", "DELETE /subjects: 40405", "DELETE /subjects: 40406"),
    *("DELETE /subjects: 40407", "DELETE /subjects: 42205"),
    *("PUT /config: done", "PUT /config: 42205", "DELETE /config: done"),
    *("PUT /mode: done", "PUT /mode: 42205", "DELETE /mode: done"),
)
Stop = Callable[[], None]


def run(start: Callable[[], tuple[InProcess, Stop]], examples: int) -> Counter[str]:
    fired: Counter[str] = Counter()
    machine = type(
        "Machine", (RegistryMachine,), {"started": staticmethod(start), "fired": fired}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[*HealthCheck],
            # A failure is told as it was found: to shrink it means to replay it
            # hundreds of times against a database.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            report_multiple_bugs=False,
            print_blob=True,
        ),
    )
    return fired


def started_on(settings_: Settings, stack: ExitStack) -> tuple[InProcess, Stop]:
    return stack.enter_context(in_process(settings_)), stack.close


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated(tmp_path_factory.mktemp("template"))


@pytest.fixture
def postgres_urls(postgres: Postgres) -> Iterator[str]:
    def urls() -> Iterator[str]:
        while True:
            url = postgres.create_database()
            migrations.upgrade(url)
            yield url

    return urls()


def test_given_any_history_when_replayed_on_sqlite_then_all_is_as_the_model_says(
    template: Path,
):
    def start() -> tuple[InProcess, Stop]:
        stack = ExitStack()
        folder = Path(stack.enter_context(TemporaryDirectory()))
        return started_on(settings_of(template, folder), stack)

    fired = run(start, EXAMPLES)

    assert not {each for each in OUTCOMES if not fired[each]}, fired


@pytest.mark.postgres
def test_given_any_history_when_replayed_on_postgresql_then_all_is_as_the_model_says(
    postgres_urls: Iterator[str],
):
    def start() -> tuple[InProcess, Stop]:
        return started_on(Settings(database_url=next(postgres_urls)), ExitStack())

    fired = run(start, EXAMPLES // 4)

    assert fired["POST /subjects: done"]
