"""Redis: the suite of all transports on a real server, and what only it has."""

from contextlib import contextmanager

import pytest

from tests.suites.transport import TransportSuite
from wirepact.transports.redis import Redis

pytestmark = pytest.mark.redis


class TestStreams(TransportSuite):
    refused_topic = ""

    @pytest.fixture
    def connect(self, redis):
        return lambda: Redis(redis.url())

    @pytest.fixture
    def outage(self, redis):
        @contextmanager
        def taken_away():
            redis.kill()
            try:
                yield
            finally:
                redis.start()

        return taken_away
