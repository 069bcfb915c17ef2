"""Kafka through aiokafka: the suite of all transports, against a real broker."""

from contextlib import contextmanager

import pytest

from tests.suites.transport import TransportSuite
from wirepact.transports.kafka import Kafka, KafkaOptions

OPTIONS = KafkaOptions(send_timeout_s=5, session_timeout_s=6, revoke_timeout_s=10)


class TestKafka(TransportSuite):
    @pytest.fixture
    def connect(self, kafka):
        return lambda: Kafka(kafka.address, options=OPTIONS)

    @pytest.fixture
    def outage(self, kafka):
        @contextmanager
        def taken_away():
            kafka.kill()
            try:
                yield
            finally:
                kafka.start()

        return taken_away
