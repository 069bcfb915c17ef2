"""A started server that asks who its clients are, and the clients that people have."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from registry import bootstrap
from registry.application import access
from registry.cli.token import token
from registry.cli.user import user
from registry.domain.accounts import TokenText
from registry.domain.secrets import Secret
from registry.settings import Settings
from tests.integration.authentication.conftest import BY_TEST, PASSWORD, everything
from tests.services.certificates import Files
from tests.services.identity_provider import (
    AUDIENCE,
    IdentityProvider,
    identity_provider,
)
from tests.services.server import Server, serve_tls, upgrade
from wirepact import BasicAuth, BearerAuth, RegistryClient, RegistryResponseError, Tls

pytestmark = pytest.mark.e2e

AVRO = '"string"'
NOTICED_WITHIN_S = 1.0
WRITERS = ("by-basic", "by-bearer", "dora", "oidc:ann")
PROMPTLY_S = 5 * NOTICED_WITHIN_S
"""The promise, with the slack that a busy machine needs."""


@dataclass
class Guarded:
    """A server with two workers that trusts a provider."""

    server: Server
    files: Files
    provider: IdentityProvider

    def run(self, group: Any, *arguments: str, stdin: str | None = None) -> str:
        """Run a command, in this process: another one would take seconds."""
        where = ["--database-url", self.server.database_url]
        command = [arguments[0], *where, *arguments[1:]]
        result = CliRunner().invoke(group, command, input=stdin)
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    def token(self, account: str) -> str:
        self.run(user, "add", account, "--service")
        return self.run(token, "create", account)

    def get(self, authorization: str) -> httpx.Response:
        """Ask by a connection of its own, so that any of the workers answers."""
        return httpx.get(
            f"{self.server.url}/subjects",
            headers={"authorization": authorization},
            verify=self.files.client_context(),
        )

    def confluent(self, **conf: Any) -> SchemaRegistryClient:
        given = {name.replace("_", "."): value for name, value in conf.items()}
        ca = {"ssl.ca.location": str(self.files.ca), "max.retries": 0}
        return SchemaRegistryClient({"url": self.server.url, **ca, **given})


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, files: Files
) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("registry")
    url = f"sqlite:///{folder}/registry.db"
    upgrade(url)
    given = [everything(each) for each in WRITERS]
    with bootstrap.opened(Settings(database_url=Secret(url))) as ports:
        access.grant(ports, given, BY_TEST)
    with identity_provider(files) as provider:
        settings = {
            "WIREPACT_AUTHENTICATION": "on",
            "WIREPACT_WORKERS": "2",
            "WIREPACT_TLS_CERTIFICATE": str(files.server),
            "WIREPACT_OIDC_ISSUER": provider.issuer,
            "WIREPACT_OIDC_AUDIENCE": AUDIENCE,
            "WIREPACT_OIDC_CA_FILE": str(files.ca),
        }
        with serve_tls(url, files.client_context(), **settings) as server:
            yield Guarded(server, files, provider)


def registered(client: SchemaRegistryClient, subject: str) -> None:
    schema_id = client.register_schema(subject, Schema(AVRO, "AVRO"))
    assert client.get_latest_version(subject).schema_id == schema_id


def test_given_a_token_as_basic_when_confluents_client_asks_then_it_is_let_in(guarded):
    made = TokenText.find(guarded.token("by-basic"))

    with guarded.confluent(basic_auth_user_info=f"{made.id}:{made.secret}") as client:
        registered(client, "by-basic")


def test_given_a_token_as_bearer_when_confluents_client_asks_then_it_is_let_in(guarded):
    made = guarded.token("by-bearer")

    with guarded.confluent(
        bearer_auth_credentials_source="STATIC_TOKEN",
        bearer_auth_token=made,
        bearer_auth_logical_cluster="lsrc-1",
        bearer_auth_identity_pool_id="pool-1",
    ) as client:
        registered(client, "by-bearer")


def test_given_a_password_when_confluents_client_asks_then_it_is_let_in(guarded):
    guarded.run(user, "add", "dora", "--password-stdin", stdin=PASSWORD)

    with guarded.confluent(basic_auth_user_info=f"dora:{PASSWORD}") as client:
        registered(client, "by-password")


def test_given_a_providers_token_when_confluents_client_asks_then_it_is_let_in(guarded):
    with guarded.confluent(
        bearer_auth_credentials_source="STATIC_TOKEN",
        bearer_auth_token=guarded.provider.token(),
        bearer_auth_logical_cluster="lsrc-1",
        bearer_auth_identity_pool_id="pool-1",
    ) as client:
        registered(client, "by-provider")


@pytest.mark.parametrize(
    "conf",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"basic_auth_user_info": "dora:wrong"}, id="wrong password"),
    ],
)
def test_given_no_good_credential_when_confluents_client_asks_then_it_knows_why(
    guarded, conf
):
    with (
        guarded.confluent(**conf) as client,
        pytest.raises(SchemaRegistryError) as caught,
    ):
        client.get_subjects()

    assert caught.value.http_status_code == 401
    assert caught.value.error_code == 40101


def test_given_a_token_when_the_sdk_asks_then_it_is_let_in(guarded):
    written = guarded.token("sdk")
    made, tls = TokenText.find(written), Tls(guarded.files.ca)

    for auth in (BearerAuth(written), BasicAuth(made.id, made.secret)):
        with RegistryClient(guarded.server.url, auth=auth, tls=tls) as client:
            assert client.list_schema_types() == ("AVRO", "JSON", "PROTOBUF")
    with (
        RegistryClient(guarded.server.url, tls=tls) as client,
        pytest.raises(RegistryResponseError, match="Say who you are"),
    ):
        client.list_schema_types()


def test_given_two_workers_when_a_token_is_revoked_then_both_refuse_it_promptly(
    guarded,
):
    made = guarded.token("revoked")
    bearer = f"Bearer {made}"
    assert {guarded.get(bearer).status_code for _ in range(20)} == {200}

    guarded.run(token, "revoke", TokenText.find(made).id)

    # Of so many connections each worker has some; not so many that it locks us out.
    within(
        PROMPTLY_S,
        lambda: 200 not in {guarded.get(bearer).status_code for _ in range(8)},
    )


def test_given_a_used_token_when_a_minute_is_over_then_it_can_be_seen(guarded):
    made = guarded.token("used")
    before_ms = time.time_ns() // 1_000_000 // 60_000 * 60_000
    assert guarded.get(f"Bearer {made}").status_code == 200

    def is_noted() -> bool:
        (found,) = json.loads(guarded.run(token, "list", "--json", "used"))
        return found["lastUsedMs"] is not None and found["lastUsedMs"] >= before_ms

    within(30, is_noted)


def test_given_all_kinds_of_credentials_when_logged_then_none_of_them_is(guarded):
    made = guarded.token("logged")
    provided = guarded.provider.token(sub="logged")
    tried = [f"Bearer {made}", f"Bearer {provided}", f"Bearer {made}x"]
    tried += [f"Bearer {provided}x", "Basic bG9nZ2VkOmEgc2VjcmV0IHBhaXI="]
    statuses = [guarded.get(each).status_code for each in tried]
    assert statuses == [200, 200, 401, 401, 401]

    told = ("credential refused", "principal=logged", "principal=oidc:logged")
    within(30, lambda: all(each in guarded.server.log for each in told))
    parts = [made.rpartition("_")[2], *provided.split(".")[1:], "bG9nZ2Vk", "a secret"]
    assert [each for each in parts if each in guarded.server.log] == []


def within(seconds: float, is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up
