"""Kafka through confluent-kafka: the suite of all transports, against a real broker."""

import pytest

from tests.suites.transport import TransportSuite
from wirepact.transports.kafka_sync import ConfluentKafka, KafkaOptions

OPTIONS = KafkaOptions(send_timeout_s=5, session_timeout_s=6, revoke_timeout_s=10)


@pytest.fixture
def server(kafka):
    return kafka


class TestConfluentKafka(TransportSuite):
    @pytest.fixture
    def connect(self, kafka):
        return lambda: ConfluentKafka(kafka.address, options=OPTIONS)
