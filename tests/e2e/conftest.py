"""Started servers, on either database, and clients of them."""

from collections.abc import Iterator

import httpx
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from tests.conftest import skipped_if_missing
from tests.e2e.builders import Topic, a_client, a_name
from tests.services.node import NodeClient, installed
from tests.services.postgres import Postgres
from tests.services.server import NO_AUTHORITIES, Server, serve
from tests.services.serving_role import migrated_database

ON_BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sqlite")
    with serve(f"sqlite:///{folder}/registry.db") as server:
        yield server


@pytest.fixture(scope="session")
def postgres_registry(postgres: Postgres) -> Iterator[Server]:
    url = migrated_database(postgres)
    with serve(url) as server:
        yield server


@pytest.fixture(scope="session", params=ON_BOTH)
def registry(request: pytest.FixtureRequest) -> Server:
    """A server for the whole run: tests keep apart by the names they use."""
    server: Server = request.getfixturevalue(f"{request.param}_registry")
    return server


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> NodeClient:
    """A client on Node.js, installed once for the whole run."""
    with skipped_if_missing():
        return installed(tmp_path_factory.mktemp("node"))


@pytest.fixture
def http(registry: Server) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=registry.url, timeout=30, verify=NO_AUTHORITIES
    ) as client:
        yield client


@pytest.fixture(scope="session")
def clients(
    registry: Server,
) -> Iterator[tuple[SchemaRegistryClient, SchemaRegistryClient]]:
    """Two clients for the whole run: making one takes longer than most tests."""
    with a_client(registry.url) as first, a_client(registry.url) as second:
        yield first, second


@pytest.fixture
def client(
    clients: tuple[SchemaRegistryClient, SchemaRegistryClient],
) -> SchemaRegistryClient:
    clients[0].clear_caches()
    return clients[0]


@pytest.fixture
def other_client(
    clients: tuple[SchemaRegistryClient, SchemaRegistryClient],
) -> SchemaRegistryClient:
    """A client that has seen nothing of what the first one did."""
    clients[1].clear_caches()
    return clients[1]


@pytest.fixture
def subject() -> str:
    return a_name()


@pytest.fixture
def topic(client: SchemaRegistryClient) -> Topic:
    return Topic(client)
