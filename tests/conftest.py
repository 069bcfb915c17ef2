"""What every test may use: servers of its own, and how hard hypothesis tries."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from tests.services.postgres import Postgres, PostgresMissingError
from tests.services.postgres import postgres as start_postgres
from tests.services.redis import Redis, RedisMissingError
from tests.services.redis import redis as start_redis

IN_CI = os.environ.get("CI") == "true"

# No deadline: on a busy machine it fails tests that are merely slow. In CI the
# examples are the same in each run, so that a red build is red for its change.
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, print_blob=True
)
settings.load_profile("ci" if IN_CI else "dev")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the whole run; each test creates its own database in it."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start_postgres())
        except PostgresMissingError as missing:
            if IN_CI:
                raise
            pytest.skip(str(missing))
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """One server for the whole run; each test has its own database in it."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start_redis())
        except RedisMissingError as missing:
            if IN_CI:
                raise
            pytest.skip(str(missing))
        yield server
