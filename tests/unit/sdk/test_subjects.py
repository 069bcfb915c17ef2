"""Subject names, equal to those of Confluent's client."""

import pytest
from confluent_kafka.schema_registry import (
    record_subject_name_strategy,
    topic_record_subject_name_strategy,
    topic_subject_name_strategy,
)
from confluent_kafka.serialization import SerializationContext

from wirepact.subjects import Role, SubjectStrategy, SubjectUnknownError, subject_name

THEIRS = {
    SubjectStrategy.TOPIC: topic_subject_name_strategy,
    SubjectStrategy.RECORD: record_subject_name_strategy,
    SubjectStrategy.TOPIC_RECORD: topic_record_subject_name_strategy,
}


@pytest.mark.parametrize("strategy", THEIRS)
@pytest.mark.parametrize("role", Role)
def test_given_a_topic_and_a_record_when_named_then_as_confluents_client_does(
    strategy, role
):
    ctx = SerializationContext("orders", role.value)

    ours = subject_name(strategy, "orders", role, "shop.OrderCreated")

    assert ours == THEIRS[strategy](ctx, "shop.OrderCreated")


@pytest.mark.parametrize("strategy", ["RECORD", "TOPIC_RECORD"])
@pytest.mark.parametrize("record", [None, ""])
def test_given_no_record_when_its_name_is_needed_then_it_is_an_error(strategy, record):
    with pytest.raises(SubjectUnknownError, match="without a name"):
        subject_name(SubjectStrategy(strategy), "orders", Role.VALUE, record)


def test_given_associations_when_there_is_no_client_then_it_is_an_error():
    with pytest.raises(SubjectUnknownError, match="only a client"):
        subject_name(SubjectStrategy.ASSOCIATED, "orders")
