"""What every test may use: servers of its own, and how hard hypothesis tries."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import settings

from tests.services.kafka import KafkaBroker
from tests.services.kafka import kafka as start_kafka
from tests.services.nats import Nats
from tests.services.nats import nats as start_nats
from tests.services.postgres import Postgres
from tests.services.postgres import postgres as start_postgres
from tests.services.programs import ServiceMissingError
from tests.services.rabbitmq import RabbitMq
from tests.services.rabbitmq import rabbitmq as start_rabbitmq
from tests.services.redis import Redis
from tests.services.redis import redis as start_redis

IN_CI = os.environ.get("CI") == "true"

# No deadline: on a busy machine it fails tests that are merely slow. In CI the
# examples are the same in each run, so that a red build is red for its change.
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, print_blob=True
)
settings.load_profile("ci" if IN_CI else "dev")


@contextmanager
def skipped_if_missing() -> Iterator[None]:
    """Skip a test of what is not installed here; in CI it fails."""
    try:
        yield
    except ServiceMissingError as missing:
        if IN_CI:
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the whole run; each test creates its own database in it."""
    with skipped_if_missing(), start_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaBroker]:
    """One broker for the whole run; each test has topics and groups of its own."""
    with skipped_if_missing(), start_kafka() as broker:
        yield broker


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMq]:
    """One server for the whole run; each test has topics of its own."""
    with skipped_if_missing(), start_rabbitmq() as server:
        yield server


@pytest.fixture(scope="session")
def nats() -> Iterator[Nats]:
    """One server for the whole run; each test has topics of its own."""
    with skipped_if_missing(), start_nats() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """One server for the whole run; each test has its own database in it."""
    with skipped_if_missing(), start_redis() as server:
        yield server
