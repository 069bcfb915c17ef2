"""An identity provider that changes its keys, is away, or answers strangely."""

import ssl
from uuid import uuid4

import pytest

from registry.application.authentication import FetchFailedError
from registry.http.identity_provider import Provider
from tests.integration.authentication.conftest import guarding
from tests.services.identity_provider import Key
from tests.services.stub import Said

HOUR_S = 3_600


@pytest.fixture
def guarded(settings, provider, files):
    with guarding(settings, provider, files) as found:
        yield found


def a_token(guarded):
    """Return one that was never presented, so that nothing is remembered of it."""
    return f"Bearer {guarded.provider.token(jti=str(uuid4()))}"


def test_given_many_tokens_when_presented_then_the_keys_are_fetched_once(guarded):
    assert {guarded.status(a_token(guarded)) for _ in range(5)} == {200}

    assert guarded.provider.fetches == 1


def test_given_unknown_keys_when_presented_then_they_are_asked_for_once_a_minute(
    guarded,
):
    assert guarded.status(a_token(guarded)) == 200
    guarded.times.pass_(60)

    for number in range(20):
        stranger = Key.made(f"unknown-{number}")
        assert guarded.status(f"Bearer {stranger.sign({})}") == 401

    assert guarded.provider.fetches == 2


def test_given_a_new_key_when_it_is_used_then_it_is_found_within_a_minute(guarded):
    provider = guarded.provider
    assert guarded.status(a_token(guarded)) == 200
    provider.key = Key.made("key-2")
    provider.shown = [provider.key.published]

    assert guarded.status(a_token(guarded)) == 401
    guarded.times.pass_(60)
    assert guarded.status(a_token(guarded)) == 200


def test_given_a_key_that_is_withdrawn_when_an_hour_is_over_then_it_is_refused(guarded):
    provider = guarded.provider
    assert guarded.status(a_token(guarded)) == 200
    provider.shown = [Key.made("key-2").published]

    guarded.times.pass_(HOUR_S + 1)

    assert guarded.status(f"Bearer {provider.token(exp=2**31)}") == 401


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(Said(503), id="away"),
        pytest.param(Said(is_cut=True), id="cut"),
        pytest.param(Said(body=b"<html>"), id="no JSON"),
        pytest.param(Said(body={"keys": []}), id="no key"),
        pytest.param(Said(body={"keys": {}}), id="no list"),
        pytest.param(Said(body=[]), id="no object"),
        pytest.param(Said(body=b"[" * 100_000), id="nested"),
        pytest.param(Said(body=b" " * (1024 * 1024 + 1)), id="huge"),
        pytest.param(Said(302, headers={"Location": "/keys"}), id="elsewhere"),
    ],
)
def test_given_keys_when_the_provider_fails_then_they_are_good_for_a_day(guarded, said):
    provider = guarded.provider
    assert guarded.status(a_token(guarded)) == 200
    provider.said = said

    guarded.times.pass_(23 * HOUR_S)
    assert guarded.status(f"Bearer {provider.token(exp=2**31)}") == 200
    guarded.times.pass_(2 * HOUR_S)
    assert guarded.status(f"Bearer {provider.token(exp=2**31 - 1)}") == 503


def test_given_no_keys_yet_when_the_provider_is_away_then_it_is_not_the_clients_fault(
    guarded,
):
    guarded.provider.said = Said(500)

    answer = guarded.client.get(
        "/subjects", headers={"authorization": a_token(guarded)}
    )

    assert answer.status_code == 503
    assert answer.json()["error_code"] == 503
    assert int(answer.headers["retry-after"]) > 0
    assert guarded.status(f"Bearer {guarded.token().written}") == 200


def test_given_a_remembered_token_when_the_keys_are_too_old_then_it_lasts_its_time(
    guarded,
):
    token = f"Bearer {guarded.provider.token(exp=2**31)}"
    assert guarded.status(token) == 200
    guarded.provider.said = Said(500)

    guarded.times.pass_(30)

    assert guarded.status(token) == 200


@pytest.mark.parametrize(
    ("issuer", "keys_url"),
    [
        pytest.param("http://127.0.0.1:1", None, id="issuer by HTTP"),
        pytest.param("https://user@127.0.0.1:1", None, id="user in it"),
        pytest.param("https://127.0.0.1:x", None, id="no port"),
        pytest.param("https:///x", None, id="no host"),
        pytest.param("https://x", "http://127.0.0.1:1/keys", id="keys by HTTP"),
        pytest.param("https://x", "file:///etc/passwd", id="keys in a file"),
    ],
)
def test_given_an_address_of_another_kind_when_fetched_then_nobody_is_asked(
    files, issuer, keys_url
):
    asked = Provider(issuer, keys_url, files.client_context())

    with pytest.raises(FetchFailedError, match="not at an https address"):
        asked.keys()


def test_given_an_authority_that_nobody_knows_when_fetched_then_nothing_is_believed(
    provider,
):
    asked = Provider(provider.issuer, None, ssl.create_default_context())

    with pytest.raises(FetchFailedError, match="CERTIFICATE_VERIFY_FAILED"):
        asked.keys()

    assert provider.server.asked == []


@pytest.mark.parametrize(
    "described",
    [
        pytest.param({"issuer": "https://other", "jwks_uri": "https://x"}, id="other"),
        pytest.param({"jwks_uri": "https://x"}, id="nobody"),
        pytest.param({}, id="nothing"),
        pytest.param([], id="a list"),
    ],
)
def test_given_a_description_of_another_when_fetched_then_it_is_not_believed(
    provider, files, described
):
    provider.server.answer = lambda _asked: Said(body=described)
    asked = Provider(provider.issuer, None, files.client_context())

    with pytest.raises(FetchFailedError):
        asked.keys()


def test_given_a_description_that_names_a_file_when_fetched_then_it_is_left_alone(
    provider, files
):
    described = {"issuer": provider.issuer, "jwks_uri": "file:///etc/passwd"}
    provider.server.answer = lambda _asked: Said(body=described)
    asked = Provider(provider.issuer, None, files.client_context())

    with pytest.raises(FetchFailedError, match="not at an https address"):
        asked.keys()


def test_given_a_trickle_when_the_time_is_over_then_it_is_given_up(provider, files):
    ticks = iter(range(0, 1_000, 4))
    asked = Provider(
        provider.issuer,
        f"{provider.issuer}/keys",
        files.client_context(),
        lambda: next(ticks),
    )
    provider.said = Said(body=b" " * 500_000)

    with pytest.raises(FetchFailedError, match="come to an end"):
        asked.keys()
