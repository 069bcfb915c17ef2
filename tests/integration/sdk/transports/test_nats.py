"""NATS: the suite of all transports on a real server, and what only it has."""

from contextlib import contextmanager

import pytest

from tests.suites.transport import TransportSuite
from wirepact.transports.nats import Nats

pytestmark = pytest.mark.nats


class TestCompeting(TransportSuite):
    @pytest.fixture
    def connect(self, nats):
        return lambda: Nats(nats.url)

    @pytest.fixture
    def outage(self, nats):
        @contextmanager
        def taken_away():
            nats.kill()
            try:
                yield
            finally:
                nats.start()

        return taken_away
