"""Databases and servers that a test may hurt."""

from collections.abc import Iterator

import pytest

from tests.services import postgres as service
from tests.services.postgres import Postgres


@pytest.fixture(scope="module")
def own_postgres(postgres: Postgres) -> Iterator[Postgres]:
    """A server that a module may kill; the session's one belongs to all.

    It asks for that one all the same: there it is decided what a missing server means.
    """
    with service.postgres() as server:
        yield server
