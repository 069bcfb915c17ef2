"""Dead letters on real brokers, and the lag that services tell of them."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from tests.doubles.bus import REGISTERING, OrderCreated
from tests.suites.redriving import RedrivingSuite
from tests.suites.transport import PATIENCE_S, Connect, played
from wirepact import App, AppOptions
from wirepact.cli.brokers import connect as connect_by
from wirepact.metrics import Metrics
from wirepact.testing import FakeRegistry
from wirepact.transports.kafka import Kafka
from wirepact.transports.memory import Memory, MemoryBroker

SENT, HANDLED = 7, 3


class LagSuite:
    """Subclasses bring `connect`."""

    @pytest.fixture
    def connect(self) -> Connect:
        raise NotImplementedError

    @played
    async def test_the_lag_is_what_was_published_and_not_handled_with_an_age(
        self, connect, topic
    ):
        registry = CollectorRegistry()
        app = App(
            topic,
            registry=FakeRegistry().async_client(),
            broker=connect(),
            observer=Metrics(registry),
            options=AppOptions(codecs=REGISTERING, lag_every_s=0.1, drain_s=0.1),
        )
        handled: list[OrderCreated] = []
        never = asyncio.Event()

        @app.on(OrderCreated, topic=topic, idempotent=False)
        async def bill(event: OrderCreated):
            if len(handled) == HANDLED:
                await never.wait()
            handled.append(event)

        async with app.running():
            for number in range(SENT):
                await app.publish(OrderCreated("o-1", number), topic)
            lag, age_s = await told(registry, topic, SENT - HANDLED)

        assert lag == SENT - HANDLED
        assert 0 <= age_s < 2 * PATIENCE_S


async def told(registry, topic, wanted):
    """Return the lag in messages and seconds, when it is the wanted one or never is."""
    found: tuple[float, float | None] = (0, None)
    for _ in range(round(PATIENCE_S / 0.1)):
        samples = {
            name: [
                sample.value
                for family in registry.collect()
                for sample in family.samples
                if sample.name == name and sample.labels["topic"] == topic
            ]
            for name in ("wirepact_consumer_lag", "wirepact_consumer_lag_seconds")
        }
        messages, ages = samples.values()
        found = (sum(messages), max(ages, default=None))
        if found[0] == wanted and found[1]:
            break
        await asyncio.sleep(0.1)
    return found


class TestMemory(LagSuite):
    @pytest.fixture
    def connect(self) -> Connect:
        broker = MemoryBroker()
        return lambda: Memory(broker)


class TestKafka(RedrivingSuite, LagSuite):
    @pytest.fixture
    def connect(self, kafka) -> Connect:
        return lambda: Kafka(kafka.address)


@pytest.mark.rabbitmq
class TestRabbitMq(RedrivingSuite, LagSuite):
    @pytest.fixture
    def connect(self, rabbitmq) -> Connect:
        return lambda: connect_by(rabbitmq.url)


@pytest.mark.nats
class TestNats(RedrivingSuite, LagSuite):
    @pytest.fixture
    def connect(self, nats) -> Connect:
        return lambda: connect_by(nats.url)


@pytest.mark.redis
class TestRedis(RedrivingSuite, LagSuite):
    @pytest.fixture
    def connect(self, redis) -> Connect:
        url = redis.url()
        return lambda: connect_by(url)
