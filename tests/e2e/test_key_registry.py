"""Confluent's DEK registry client, and what a client that encrypts does with it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from confluent_kafka.schema_registry import SchemaRegistryError
from confluent_kafka.schema_registry.rules.encryption.dek_registry.dek_registry_client import (  # noqa: E501 - it has no shorter name
    DekAlgorithm,
    DekRegistryClient,
)

from tests.e2e.builders import OLDER_CLIENTS_WAIT_S, a_name
from tests.services.server import Server

pytestmark = pytest.mark.e2e

MATERIAL = "YSBrZXkgdGhhdCB0aGUgY2xpZW50IGhhcyBlbmNyeXB0ZWQ="


Client = Callable[[], DekRegistryClient]


@pytest.fixture
def a_client(registry: Server) -> Iterator[Client]:
    """Return what makes clients that have seen nothing: each keeps what it read."""
    conf = {"url": registry.url, "timeout": OLDER_CLIENTS_WAIT_S, "max.retries": 0}
    with ExitStack() as opened:
        yield lambda: opened.enter_context(_Entered(conf))


class _Entered(DekRegistryClient):
    """The client, which does not say what it is entered as."""

    def __enter__(self) -> "_Entered":
        return self


def refused(call, *arguments, **options) -> tuple[int, int]:
    with pytest.raises(SchemaRegistryError) as error:
        call(*arguments, **options)
    return error.value.http_status_code, error.value.error_code


def test_given_no_key_when_asked_then_the_client_is_told_to_make_one(a_client: Client):
    client = a_client()

    assert refused(client.get_kek, a_name("kek")) == (404, 40470)
    assert refused(client.get_dek, a_name("kek"), a_name()) == (404, 40470)


def test_given_a_described_key_when_another_client_asks_then_it_is_the_same(
    a_client: Client,
):
    name = a_name("kek")
    made = a_client().register_kek(
        name, "aws-kms", "arn:1", kms_props={"region": "eu"}, doc="Of orders"
    )

    found = a_client().get_kek(name)

    assert found == made
    assert (found.kms_type, found.kms_key_id, found.shared) == (
        "aws-kms",
        "arn:1",
        False,
    )
    assert found.kms_props.properties == {"region": "eu"}
    again = a_client()
    assert refused(again.register_kek, name, "aws-kms", "arn:2") == (409, 40971)


def test_given_a_shared_key_when_described_then_the_reason_is_read(a_client: Client):
    with pytest.raises(SchemaRegistryError) as error:
        a_client().register_kek(a_name("kek"), "t", "k", shared=True)

    assert error.value.error_code == 42271
    assert "calls no key management service" in error.value.error_message


@pytest.mark.parametrize("algorithm", list(DekAlgorithm), ids=str)
@pytest.mark.parametrize("subject", ["orders-value", "common/money.proto"])
def test_given_versions_of_a_key_when_another_client_asks_then_the_wanted_one(
    a_client: Client, algorithm: DekAlgorithm, subject: str
):
    kek = a_name("kek")
    writer, reader = a_client(), a_client()
    writer.register_kek(kek, "local-kms", "k")
    for version in (1, 2):
        writer.register_dek(kek, subject, MATERIAL, algorithm, version)

    first = reader.get_dek(kek, subject, algorithm)
    latest = reader.get_dek(kek, subject, algorithm, version=-1, deleted=True)

    assert (first.version, latest.version) == (1, 2)
    assert (first.algorithm, first.subject) == (algorithm, subject)
    assert first.get_encrypted_key_material_bytes() == (
        b"a key that the client has encrypted"
    )
    assert first.key_material is None
    again = a_client()
    assert refused(again.register_dek, kek, subject, "bmV3", algorithm, 2) == (
        409,
        40971,
    )


def test_given_a_key_of_a_context_when_asked_then_that_context_has_it(
    a_client: Client,
):
    kek, context = a_name("kek"), f".{a_name('context')}"
    subject = f":{context}:orders-value"
    client = a_client()
    client.register_kek(kek, "local-kms", "k", context=context)

    client.register_dek(kek, subject, MATERIAL)

    reader = a_client()
    assert reader.get_kek(kek, context=context).name == kek
    assert reader.get_dek(kek, subject).encrypted_key_material == MATERIAL
    assert refused(reader.get_kek, kek) == (404, 40470)


def test_when_keys_are_sent_then_the_log_has_none_of_them(
    registry: Server, a_client: Client
):
    kek, secret = a_name("kek"), "c2VjcmV0IG1hdGVyaWFs"
    client = a_client()
    client.register_kek(kek, "hcvault", "k", kms_props={"token.id": "s3cr3t-token"})
    client.register_dek(kek, a_name(), secret)
    refused(a_client().register_dek, kek, "", secret)

    assert "dek-registry" in registry.log
    assert secret not in registry.log
    assert "s3cr3t-token" not in registry.log
