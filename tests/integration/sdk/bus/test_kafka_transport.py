"""Kafka through aiokafka: the suite of all transports, against a real broker."""

import pytest

from tests.suites.transport import TransportSuite
from wirepact.transports.kafka import Kafka, KafkaOptions

OPTIONS = KafkaOptions(send_timeout_s=5, session_timeout_s=6, revoke_timeout_s=10)


@pytest.fixture
def server(kafka):
    return kafka


class TestKafka(TransportSuite):
    @pytest.fixture
    def connect(self, kafka):
        return lambda: Kafka(kafka.address, options=OPTIONS)
