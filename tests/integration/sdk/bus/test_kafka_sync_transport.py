"""Kafka through confluent-kafka: the suite of all transports, against a real broker."""

from contextlib import contextmanager

import pytest

from tests.suites.transport import TransportSuite
from wirepact.transports.kafka_sync import ConfluentKafka, KafkaOptions

OPTIONS = KafkaOptions(send_timeout_s=5, session_timeout_s=6, revoke_timeout_s=10)


class TestConfluentKafka(TransportSuite):
    @pytest.fixture
    def connect(self, kafka):
        return lambda: ConfluentKafka(kafka.address, options=OPTIONS)

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
