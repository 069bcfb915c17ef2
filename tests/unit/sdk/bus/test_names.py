"""Names that a broker cannot give: told when a service starts, and with the limit."""

import pytest

from tests.doubles.bus import Desk, OrderCreated, virtual
from wirepact import HandlerError, Retry, RetryBy
from wirepact.transports.kafka import Kafka
from wirepact.transports.kafka_sync import ConfluentKafka
from wirepact.transports.memory import Memory
from wirepact.transports.nats import Nats
from wirepact.transports.rabbitmq import RabbitMq
from wirepact.transports.redis import Redis

KAFKA = pytest.param(lambda: Kafka("127.0.0.1:9"), 249, id="kafka")
CONFLUENT = pytest.param(lambda: ConfluentKafka("127.0.0.1:9"), 249, id="confluent")
RABBITMQ = pytest.param(lambda: RabbitMq("amqp://127.0.0.1:9"), 127, id="rabbitmq")
NATS = pytest.param(lambda: Nats("nats://127.0.0.1:9"), 200, id="nats")
MEMORY = pytest.param(Memory, 249, id="memory")
ALL = [KAFKA, CONFLUENT, RABBITMQ, NATS, MEMORY]


def refusal(broker, **declared):
    """Return what is said when a service starts whose handler is declared so."""

    async def scenario():
        app = Desk().app(broker=broker)

        @app.on(OrderCreated, **declared)
        async def bill(event): ...

        with pytest.raises(HandlerError) as caught:
            async with app.running(check=False):
                pass
        return caught.value

    return virtual(scenario)


@pytest.mark.parametrize(("connect", "limit"), ALL)
def test_given_a_topic_that_is_too_long_then_the_start_names_the_limit(connect, limit):
    error = refusal(connect(), topic="t" * 250)

    assert error.handler.endswith("bill")
    assert f"takes at most {limit}" in str(error) or f"at most {limit} " in str(error)


@pytest.mark.parametrize(("connect", "limit"), ALL)
def test_given_a_topic_whose_dead_letters_are_too_long_then_it_is_told(connect, limit):
    topic = "t" * (limit - len(".billing.dlq") + 1)

    error = refusal(connect(), topic=topic)

    assert f"{topic}.billing.dlq" in str(error)


@pytest.mark.parametrize(("connect", "limit"), ALL)
def test_given_a_topic_whose_retries_are_too_long_then_it_is_told(connect, limit):
    topic = "t" * (limit - len(".billing.retry-1m"))

    error = refusal(
        connect(),
        topic=f"{topic}t",
        retry=Retry(2, "1m", by=RetryBy.TOPICS),
        dead_letter=False,
    )

    assert f"{topic}t.billing.retry-1m" in str(error)


@pytest.mark.parametrize(
    ("connect", "group", "limit"),
    [
        pytest.param(*RABBITMQ.values[:1], "g" * 230, 255, id="rabbitmq"),
        pytest.param(*RABBITMQ.values[:1], "ü" * 40, 255, id="rabbitmq-escaped"),
        pytest.param(*NATS.values[:1], "g" * 256, 255, id="nats"),
        pytest.param(*RABBITMQ.values[:1], "", "needs a name", id="nameless"),
    ],
)
def test_given_a_group_that_no_queue_can_be_named_by_then_it_is_told(
    connect, group, limit
):
    fault = connect().find_name_fault("orders", group)

    assert str(limit) in (fault or "")


@pytest.mark.parametrize("topic", ["", ".", "..", "no/name", "nö"])
def test_given_letters_that_kafka_does_not_take_then_they_are_shown(topic):
    assert ascii(topic) in (Kafka("127.0.0.1:9").find_name_fault(topic) or "")


def test_given_redis_then_any_topic_but_none_has_a_name():
    broker = Redis("redis://127.0.0.1:9")

    assert broker.find_name_fault("t" * 10_000, "g" * 10_000) is None
    assert broker.find_name_fault("") == "a topic needs a name"
