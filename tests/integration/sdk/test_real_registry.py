"""The clients against the real registry, by the fixture that is shipped with it."""

import asyncio

import httpx
import pytest

from tests.suites.registry_client import (
    BREAKING,
    FIRST,
    SECOND,
    SUBJECT,
    AssociationsSuite,
    Awaiting,
    RegistryClientSuite,
)
from wirepact import errors
from wirepact.async_client import AsyncRegistryClient
from wirepact.client import RegistryClient
from wirepact.schemas import CheckItem, Schema


class TestBlocking(RegistryClientSuite, AssociationsSuite):
    @pytest.fixture
    def client(self, wirepact_registry):
        with RegistryClient(wirepact_registry.url) as client:
            yield client


class TestAwaited(RegistryClientSuite, AssociationsSuite):
    @pytest.fixture
    def client(self, wirepact_registry):
        with asyncio.Runner() as runner:
            client = AsyncRegistryClient(wirepact_registry.url)
            yield Awaiting(client, runner)
            runner.run(client.close())


class TestAwaitedWithoutASocket(RegistryClientSuite):
    @pytest.fixture
    def client(self, wirepact_registry):
        transport = httpx.ASGITransport(wirepact_registry.app)
        with asyncio.Runner() as runner:
            client = AsyncRegistryClient("http://registry", transport=transport)
            yield Awaiting(client, runner)
            runner.run(client.close())


class TestBlockingInAContext(RegistryClientSuite):
    @pytest.fixture
    def client(self, wirepact_registry):
        with RegistryClient(wirepact_registry.url, context="eu") as client:
            yield client


def test_given_a_breaking_schema_when_refused_then_the_findings_say_how_to_mend_it(
    wirepact_registry,
):
    with RegistryClient(wirepact_registry.url) as client:
        client.register(SUBJECT, FIRST)
        with pytest.raises(errors.IncompatibleSchemaError) as refused:
            client.register(SUBJECT, BREAKING)

    (finding,) = refused.value.findings
    assert finding.rule == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    assert finding.fixes
    told = str(refused.value)
    assert finding.path in told
    assert f"fix: {finding.fixes[0]}" in told
    assert "oldSchema" not in told


def test_given_several_schemas_when_checked_then_each_has_a_report(wirepact_registry):
    with RegistryClient(wirepact_registry.url) as client:
        client.register(SUBJECT, FIRST)

        good, bad, none = client.check(
            [
                CheckItem(SUBJECT, SECOND),
                CheckItem(SUBJECT, BREAKING, level="FULL"),
                CheckItem("new", Schema("{")),
            ]
        )

    assert (good.verdict, bad.verdict, none.verdict) == (
        "compatible",
        "incompatible",
        "invalid",
    )
    assert bad.level == "FULL"
    assert bad.findings[0].path
    assert none.error


def test_given_two_contexts_when_both_have_a_subject_then_neither_sees_the_other(
    wirepact_registry,
):
    url = wirepact_registry.url
    with RegistryClient(url, context="eu") as eu, RegistryClient(url) as default:
        in_eu = eu.register(SUBJECT, SECOND)
        in_default = default.register(SUBJECT, FIRST)

        assert in_eu.id == in_default.id == 1
        assert eu.get_schema(1) != default.get_schema(1)
        assert eu.get_latest(SUBJECT).subject == SUBJECT
