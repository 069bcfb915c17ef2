"""One server of each broker for all tests; each test has topics of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.conftest import IN_CI
from tests.services.certificates import Files, certificates
from tests.services.nats import Nats
from tests.services.nats import nats as start_nats
from tests.services.programs import ServiceMissingError, private_folder
from tests.services.rabbitmq import RabbitMq
from tests.services.rabbitmq import rabbitmq as start_rabbitmq
from wirepact.auth import Tls


@pytest.fixture(scope="session")
def authority() -> Iterator[Files]:
    """Certificates that servers can read whose user is not ours."""
    with private_folder("authority", None) as folder:
        folder.chmod(0o755)
        yield certificates(folder)


@pytest.fixture
def tls(authority: Files) -> Tls:
    return Tls(ca_file=authority.ca)


@pytest.fixture
def topic() -> str:
    return f"t-{uuid4().hex}"


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMq]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start_rabbitmq())
        except ServiceMissingError as missing:
            if IN_CI:
                raise
            pytest.skip(str(missing))
        yield server


@pytest.fixture(scope="session")
def nats() -> Iterator[Nats]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start_nats())
        except ServiceMissingError as missing:
            if IN_CI:
                raise
            pytest.skip(str(missing))
        yield server
