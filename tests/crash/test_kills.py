"""Consumers that are killed at each point of their work, on real brokers."""

import asyncio
from random import Random

import pytest

from tests.crash.playing import POINTS, Played, kills_of, plan, play
from tests.services.kafka import KafkaBroker
from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMq

MESSAGES = 25
MOST = 11


@pytest.mark.kafka
@pytest.mark.postgres
def test_given_kafka_when_consumers_are_killed_then_each_effect_is_there_once(
    kafka: KafkaBroker, postgres: Postgres
):
    refuse_faults(played("kafka", kafka.address, postgres))


@pytest.mark.rabbitmq
@pytest.mark.postgres
def test_given_rabbitmq_when_consumers_are_killed_then_each_effect_is_there_once(
    rabbitmq: RabbitMq, postgres: Postgres
):
    refuse_faults(played("rabbitmq", rabbitmq.url, postgres))


def played(broker: str, address: str, postgres: Postgres) -> Played:
    kills = kills_of(broker, 1, MESSAGES, Random(1))
    kills += kills_of(broker, 1, MESSAGES, Random(2))[: MOST - len(kills)]
    with plan(broker, address, postgres) as told:
        return asyncio.run(play(told, kills, MESSAGES, seed=1))


def refuse_faults(played: Played) -> None:
    assert played.wrong == ()
    assert sum(played.kills.values()) == MOST
    assert played.kills.keys() == {*POINTS[played.broker]}
    assert played.messages >= MOST * MESSAGES
