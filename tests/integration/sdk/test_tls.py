"""Encrypted connections: whom the client trusts, and how it proves itself."""

import pytest

from tests.services.certificates import PASSWORD, certificates
from tests.services.stub import Said, stub
from wirepact import RegistryClient, RegistryUnavailableError, RetryPolicy, Tls

ONCE = RetryPolicy(attempts=1)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(files):
    with stub(lambda _asked: Said(body=["AVRO"]), files.server_context()) as server:
        yield server


def test_given_an_authority_and_a_certificate_when_asked_then_both_sides_are_content(
    files, server
):
    tls = Tls(files.ca, files.client, key_password=PASSWORD)

    with RegistryClient(server.url, tls=tls) as client:
        assert client.list_schema_types() == ("AVRO",)


def test_given_no_certificate_when_the_registry_wants_one_then_nothing_is_answered(
    files, server
):
    with (
        RegistryClient(server.url, tls=Tls(files.ca), retries=ONCE) as client,
        pytest.raises(RegistryUnavailableError),
    ):
        client.list_schema_types()

    assert server.asked == []


def test_given_an_authority_that_nobody_knows_when_asked_then_nothing_is_sent(server):
    with (
        RegistryClient(server.url, retries=ONCE) as client,
        pytest.raises(RegistryUnavailableError, match="certificate verify failed"),
    ):
        client.list_schema_types()

    assert server.asked == []
