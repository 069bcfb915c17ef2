"""RabbitMQ: the suite of all transports on a real server, and what only it has."""

from contextlib import contextmanager

import pytest

from tests.suites.transport import TransportSuite
from wirepact.transports.rabbitmq import RabbitMq

pytestmark = pytest.mark.rabbitmq


class TestCompeting(TransportSuite):
    refused_topic = "amq.none"

    @pytest.fixture
    def connect(self, rabbitmq):
        return lambda: RabbitMq(rabbitmq.url)

    @pytest.fixture
    def outage(self, rabbitmq):
        @contextmanager
        def taken_away():
            rabbitmq.kill()
            try:
                yield
            finally:
                rabbitmq.start()

        return taken_away


class TestSingleActive(TestCompeting):
    @pytest.fixture
    def connect(self, rabbitmq):
        return lambda: RabbitMq(rabbitmq.url, single_active_consumer=True)
