"""One server of each broker for all tests; each test has topics of its own."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import IN_CI
from tests.services.nats import Nats
from tests.services.nats import nats as start_nats
from tests.services.programs import ServiceMissingError
from tests.services.rabbitmq import RabbitMq
from tests.services.rabbitmq import rabbitmq as start_rabbitmq


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
