"""What an identity provider is asked, and why its keys cannot be had."""

from collections.abc import Iterator

import pytest

from registry.application.authentication import FetchFailedError
from registry.http.identity_provider import Provider
from tests.services.certificates import Files, certificates
from tests.services.identity_provider import IdentityProvider, identity_provider
from tests.services.stub import Said

MIB = 1024 * 1024
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def provider(files: Files) -> Iterator[IdentityProvider]:
    with identity_provider(files) as found:
        yield found


def asking(provider, files, *, issuer="", keys_url=None, ticks=None) -> Provider:
    context = files.client_context()
    where = (issuer or provider.issuer, keys_url, context)
    return Provider(*where) if ticks is None else Provider(*where, ticks)


def at(provider, files, path="/keys", **more) -> Provider:
    """Return who asks for keys at a place that is known."""
    return asking(provider, files, keys_url=provider.issuer + path, **more)


def paths(provider: IdentityProvider) -> list[str]:
    return [asked.path for asked in provider.server.asked]


def why(asked: Provider) -> str:
    with pytest.raises(FetchFailedError) as failed:
        asked.keys()
    return str(failed.value)


def test_given_an_issuer_when_its_keys_are_fetched_then_it_is_asked_where_they_are(
    provider, files
):
    provider.said = Said(body=b'{"keys": []}')

    assert asking(provider, files).keys() == b'{"keys": []}'
    assert paths(provider) == [DISCOVERY, "/keys"]
    assert {asked.method for asked in provider.server.asked} == {"GET"}
    assert {asked.headers["accept"] for asked in provider.server.asked} == {
        "application/json"
    }


@pytest.mark.parametrize("path", ["/keys", "/keys?of=all&as=jwks", "/"])
def test_given_where_they_are_when_fetched_then_nothing_else_is_asked_for(
    provider, files, path
):
    provider.server.answer = lambda _asked: Said(body=b"{}")

    assert at(provider, files, path).keys() == b"{}"
    assert paths(provider) == [path]


def test_given_an_address_without_a_path_when_fetched_then_the_root_is_asked_for(
    provider, files
):
    provider.server.answer = lambda _asked: Said(body=b"{}")

    assert at(provider, files, "").keys() == b"{}"
    assert paths(provider) == ["/"]


def test_given_an_issuer_with_a_slash_at_its_end_when_asked_then_there_is_one(
    provider, files
):
    issuer = f"{provider.issuer}/"
    described = {"issuer": issuer, "jwks_uri": f"{provider.issuer}/keys"}
    provider.server.answer = lambda _asked: Said(body=described)

    asking(provider, files, issuer=issuer).keys()

    assert paths(provider) == [DISCOVERY, "/keys"]


@pytest.mark.parametrize(
    ("described", "reason"),
    [
        (b"<html>", "it does not say where its keys are"),
        (b"[" * 100_000, "it does not say where its keys are"),
        ([], "it does not say where its keys are"),
        ({"issuer": "https://x"}, "it does not say where its keys are"),
        ({"jwks_uri": "https://x"}, "it does not say where its keys are"),
        ({"issuer": "https://x", "jwks_uri": ""}, "it describes another issuer"),
        ({"issuer": None, "jwks_uri": 1}, "it describes another issuer"),
    ],
    ids=lambda it: str(it)[:20],
)
def test_given_a_strange_description_when_fetched_then_it_is_not_believed(
    provider, files, described, reason
):
    provider.server.answer = lambda _asked: Said(body=described)

    assert why(asking(provider, files)) == reason
    assert paths(provider) == [DISCOVERY]


def test_given_its_own_name_and_no_text_for_an_address_when_fetched_then_refused(
    provider, files
):
    described = {"issuer": provider.issuer, "jwks_uri": 1}
    provider.server.answer = lambda _asked: Said(body=described)

    assert why(asking(provider, files)) == "it describes another issuer"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(503), "it answers 503"),
        (Said(302, headers={"Location": "/other"}), "it answers 302"),
        (Said(201, body={"keys": []}), "it answers 201"),
        (Said(body=b" " * (MIB + 1)), "it answers with more than 1 MiB"),
        (Said(is_cut=True), "RemoteDisconnected: "),
        (Said(body=b" ", length=2), ""),
    ],
    ids=str,
)
def test_given_no_proper_answer_when_fetched_then_it_says_so_and_asks_once(
    provider, files, said, reason
):
    provider.said = said

    if reason:
        assert why(at(provider, files)).startswith(reason)
    else:
        assert at(provider, files).keys() == b" "
    assert paths(provider) == ["/keys"]


def test_given_nobody_there_when_fetched_then_it_says_so(provider, files):
    asked = at(provider, files)
    provider.server.kill()

    assert why(asked).startswith("ConnectionRefusedError: ")


def test_given_a_mebibyte_of_keys_when_fetched_then_all_of_it_is_returned(
    provider, files
):
    provider.said = Said(body=bytes(MIB))

    assert at(provider, files).keys() == bytes(MIB)


@pytest.mark.parametrize("url", ["http://a", "https://", "https://u@a", "https://a:x"])
def test_given_keys_elsewhere_than_at_https_when_fetched_then_it_says_so(
    provider, files, url
):
    found = why(asking(provider, files, keys_url=url))

    assert found == "its keys are not at an https address"


@pytest.mark.parametrize(
    ("spent_s", "reason"), [(5.0, None), (5.1, "it does not come to an end")]
)
def test_given_a_slow_answer_when_fetched_then_it_has_five_seconds_from_the_start(
    provider, files, spent_s, reason
):
    seen = []

    def ticks() -> float:
        seen.append(0)
        return 100.0 if len(seen) == 1 else 100.0 + spent_s

    asked = at(provider, files, ticks=ticks)

    if reason is None:
        assert asked.keys()[:7] == b'{"keys"'
    else:
        assert why(asked) == reason
