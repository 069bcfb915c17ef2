import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from registry.application.changes import Changes
from registry.storage import migrations
from registry.storage.engine import SqlTransactions, connect
from registry.storage.privileges import grants
from registry.storage.tables import METADATA
from tests.services.postgres import Postgres
from tests.services.serving_role import acting_as, run


@pytest.fixture(scope="session")
def postgres_migrated(postgres: Postgres) -> str:
    """A migrated database, to be emptied for each test: faster than a copy."""
    url = postgres.create_database()
    migrations.upgrade(url)
    return url


@pytest.fixture(scope="session")
def serving_role(postgres: Postgres, postgres_migrated: str) -> str:
    role = postgres.create_role()
    run(postgres_migrated, grants(role))
    return role


@pytest.fixture
def sqlite_url(wirepact_database: Path, tmp_path: Path) -> str:
    shutil.copy(wirepact_database, tmp_path / "wirepact.db")
    return f"sqlite:///{tmp_path / 'wirepact.db'}"


@pytest.fixture
def postgres_url(postgres_migrated: str) -> str:
    with psycopg.connect(postgres_migrated, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {', '.join(METADATA.tables)}")
        connection.execute("INSERT INTO context (name) VALUES ('.'), ('.__GLOBAL')")
    return postgres_migrated


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """A migrated database of either kind, empty and of this test's own."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def serving_url(url: str, request: pytest.FixtureRequest) -> str:
    """The same database, for the role that serves where there are roles."""
    if url.startswith("sqlite"):
        return url
    role: str = request.getfixturevalue("serving_role")
    return acting_as(role, url)


@pytest.fixture
def transactions(serving_url: str, changes: Changes) -> Iterator[SqlTransactions]:
    with closing(SqlTransactions(connect(serving_url), changes)) as found:
        yield found


@pytest.fixture
def rows(url: str) -> Iterator[Callable[[str], list[Any]]]:
    """Run a statement past the store; a list of rows if it has any."""
    engine = connect(url)
    pooled = engine.raw_connection()
    driver: Any = pooled.driver_connection

    def run_past(statement: str) -> list[Any]:
        cursor = driver.execute(statement)
        return cursor.fetchall() if cursor.description else []

    yield run_past
    pooled.close()
    engine.dispose()
