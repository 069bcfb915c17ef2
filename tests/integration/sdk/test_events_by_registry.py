"""Events by the real registry, which also explains what is wrong with a contract."""

from functools import partial

import pytest

from tests.suites.events import EventsSuite
from tests.suites.registry_facade import (
    OrderConfirmed,
    OrderCreated,
    awaited,
    blocking,
    both,
)
from wirepact import ProblemKind, RegistryClient, Schema

BREAKING = Schema(
    '{"type": "record", "name": "desk.OrderConfirmed",'
    ' "fields": [{"name": "id", "type": "string"}]}'
)


class TestBlocking(EventsSuite):
    @pytest.fixture
    def opened(self, wirepact_registry):
        return partial(blocking, wirepact_registry.url, source="urn:shop")


class TestAwaited(EventsSuite):
    @pytest.fixture
    def opened(self, wirepact_registry):
        return partial(awaited, wirepact_registry.url, source="urn:shop")


@both
def test_given_a_breaking_event_when_checked_then_the_registrys_fixes_are_told(
    colour, wirepact_registry
):
    with RegistryClient(wirepact_registry.url) as client:
        client.register("orders-value", BREAKING)

    with colour(wirepact_registry.url) as registry:
        report = registry.check(OrderConfirmed, topics=["orders"])

    refused, unreadable, *_ = report.contracts[0].problems
    assert refused.kind is ProblemKind.REFUSED
    assert "by its level BACKWARD" in refused.message
    (finding,) = refused.findings
    assert finding.rule == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    assert unreadable.kind is ProblemKind.UNREADABLE
    assert finding.fixes[0] in str(report)


@both
def test_given_a_new_event_when_it_would_be_accepted_then_that_is_told(
    colour, wirepact_registry
):
    with RegistryClient(wirepact_registry.url) as client:
        client.register("orders-value", BREAKING)
        client.set_config("orders-value", compatibility="NONE")

    with colour(wirepact_registry.url) as registry:
        report = registry.check(OrderCreated, topics=["orders", "new"])

    first, second = report.contracts
    assert first.problems[0].kind is ProblemKind.NOT_REGISTERED
    assert second.problems[0].kind is ProblemKind.SUBJECT_MISSING
