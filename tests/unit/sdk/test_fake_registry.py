"""The fake fulfils what the real registry fulfils, for both clients."""

import asyncio

import pytest

from tests.suites.registry_client import (
    FIRST,
    SECOND,
    SUBJECT,
    AssociationsSuite,
    Awaiting,
    RegistryClientSuite,
)
from wirepact import errors
from wirepact.cache import CachePolicy
from wirepact.schemas import Schema
from wirepact.testing import FakeRegistry


class TestBlocking(RegistryClientSuite, AssociationsSuite):
    @pytest.fixture
    def client(self):
        with FakeRegistry().client() as client:
            yield client


class TestAwaited(RegistryClientSuite, AssociationsSuite):
    @pytest.fixture
    def client(self):
        with asyncio.Runner() as runner:
            client = FakeRegistry().async_client()
            yield Awaiting(client, runner)
            runner.run(client.close())


def test_given_a_fake_that_is_down_when_asked_then_it_is_unavailable():
    registry = FakeRegistry()
    registry.is_down = True

    with registry.client() as client, pytest.raises(errors.RegistryUnavailableError):
        client.get_latest(SUBJECT)


def test_given_a_fake_that_is_down_when_the_folder_is_warm_then_a_service_starts(
    tmp_path,
):
    registry = FakeRegistry()
    policy = CachePolicy(folder=tmp_path)
    with registry.client(cache=policy) as client:
        found = client.register(SUBJECT, FIRST)
    registry.is_down = True

    with registry.client(cache=policy) as client:
        assert client.get_schema(found.id) == found.schema
        assert client.lookup(SUBJECT, FIRST) == found


def test_a_fake_remembers_what_it_was_asked():
    registry = FakeRegistry()

    with registry.client() as client:
        client.list_schema_types()

    assert registry.requests == ["GET /schemas/types"]


def test_given_another_judge_when_a_schema_is_registered_then_that_one_decides():
    registry = FakeRegistry(judge=lambda reader, writer: False)

    with registry.client() as client:
        client.register(SUBJECT, FIRST)
        with pytest.raises(errors.IncompatibleSchemaError):
            client.register(SUBJECT, SECOND)


@pytest.mark.parametrize(
    ("level", "is_accepted"),
    [("BACKWARD", True), ("FORWARD", False), ("FULL", False), ("NONE", True)],
)
def test_a_required_field_that_is_dropped_breaks_forward_and_full(level, is_accepted):
    with FakeRegistry().client() as client:
        client.set_config(compatibility=level)
        client.register(SUBJECT, FIRST)

        verdict = client.test_compatibility(
            SUBJECT, Schema('{"type":"record","name":"OrderCreated","fields":[]}')
        )

    assert verdict.is_compatible is is_accepted


def test_given_a_closed_client_when_used_then_it_says_so():
    client = FakeRegistry().client()
    client.close()
    client.close()

    with pytest.raises(errors.ClientClosedError):
        client.list_subjects()
