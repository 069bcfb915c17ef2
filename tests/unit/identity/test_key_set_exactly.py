"""When keys are fetched, which are used, and how long they outlive their provider."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from registry.application.authentication import FetchFailedError, UnauthenticatedError
from registry.identity.key_set import (
    ALGORITHMS,
    PAUSE_S,
    REFRESH_S,
    SURVIVAL_S,
    KeySet,
    ProviderUnavailableError,
)
from tests.services.identity_provider import Key

KEY = Key.made("key-1")
OTHER = Key.made("key-2", "EdDSA")
NO_SUCH_KEY = "the identity provider has no such key"


class Provider:
    """Counts fetches, by a clock of the test's own."""

    def __init__(self, *keys):
        self.keys = [each.published for each in keys]
        self.now = 5_000.0
        self.fetches = 0
        self.document = None
        self.set = KeySet(self.fetch, lambda: self.now)

    def fetch(self):
        self.fetches += 1
        if isinstance(self.document, Exception):
            raise self.document
        if self.document is not None:
            return self.document
        return json.dumps({"keys": self.keys}).encode()

    def has(self, key_id="key-1"):
        """Say whether there is a key; None if nobody can say."""
        try:
            return self.set.get(key_id).key_id == key_id
        except UnauthenticatedError:
            return False
        except ProviderUnavailableError:
            return None


AWAY = FetchFailedError("it is away")


@pytest.fixture
def provider():
    return Provider(KEY, OTHER)


def test_the_times_are_those_that_are_documented():
    assert (REFRESH_S, PAUSE_S, SURVIVAL_S) == (3_600, 60, 86_400)
    assert set(ALGORITHMS) == {"RS256", "ES256", "EdDSA"}


def test_given_keys_when_asked_for_within_an_hour_then_they_are_fetched_once(provider):
    assert provider.has("key-1")
    assert provider.has("key-2")
    provider.now += REFRESH_S
    assert provider.has("key-1")
    assert provider.fetches == 1

    provider.now += 0.5
    assert provider.has("key-1")

    assert provider.fetches == 2


def test_given_unknown_keys_when_asked_for_then_it_is_fetched_once_a_minute(provider):
    assert [provider.has(f"no-{each}") for each in range(9)] == [False] * 9
    provider.now += PAUSE_S - 0.5
    assert provider.has("no") is False
    assert provider.fetches == 1

    provider.now += 0.5
    assert provider.has("no") is False

    assert provider.fetches == 2


def test_given_an_unknown_key_when_refused_then_it_is_logged_why(provider, caplog):
    caplog.set_level("INFO", "registry.application.authentication")

    assert provider.has("no") is False

    assert [each.reason for each in caplog.records] == [NO_SUCH_KEY]


def test_given_a_new_key_when_asked_for_then_it_is_found_after_the_pause(provider):
    provider.has()
    provider.keys.append(Key.made("key-3").published)
    assert provider.has("key-3") is False

    provider.now += PAUSE_S

    assert provider.has("key-3")


def test_given_keys_when_the_provider_is_away_then_they_are_good_for_a_day(
    provider, caplog
):
    assert provider.has()
    provider.document = AWAY
    provider.now += SURVIVAL_S
    assert provider.has()
    assert "identity provider's keys not fetched: it is away" in caplog.text

    provider.now += 0.5

    assert provider.has() is None


def test_given_a_provider_that_was_away_when_it_is_back_then_an_unknown_key_is_refused(
    provider,
):
    provider.document = AWAY
    assert provider.has("no") is None
    provider.document = None
    assert provider.has("no") is None
    assert provider.fetches == 1
    provider.now += PAUSE_S

    assert provider.has("no") is False


def test_given_no_keys_when_the_provider_is_away_then_it_says_when_to_try_again():
    provider = Provider()
    provider.document = AWAY

    with pytest.raises(ProviderUnavailableError) as caught:
        provider.set.get("key-1")

    assert caught.value.retry_after_s == PAUSE_S
    assert str(caught.value) == (
        "The registry cannot reach its identity provider. Try again later."
    )


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"<html>", "the answer is no key set"),
        (b"[]", "the answer is no key set"),
        (b"{}", "the answer is no key set"),
        (b"[" * 100_000, "the answer is no key set"),
        (b'{"keys": {}}', "the answer is no key set"),
        (b'{"keys": []}', "no key in the answer can be used"),
        (b'{"keys": [1, {}]}', "no key in the answer can be used"),
    ],
)
def test_given_keys_when_what_is_fetched_is_none_then_they_stay_and_it_is_logged(
    provider, caplog, document, reason
):
    assert provider.has()
    provider.document = document
    provider.now += REFRESH_S + 1

    assert provider.has()

    assert caplog.messages == [f"identity provider's keys not fetched: {reason}"]


def test_given_a_hundred_keys_when_there_are_more_then_the_rest_is_left_out():
    provider = Provider(KEY)
    unusable = [{"kid": "x"}]
    provider.keys = unusable * 99 + [KEY.published, OTHER.published]

    assert provider.has("key-1")
    assert not provider.has("key-2")


def published(**more):
    full = {**KEY.published, **more}
    return {name: value for name, value in full.items() if value is not ...}


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(published(use=...), id="of any use"),
        pytest.param(published(alg=...), id="of any algorithm"),
        pytest.param(
            {**Key.made("key-1", "RS256").published, "crv": "P-256"}, id="RSA, a curve"
        ),
    ],
)
def test_given_a_key_to_verify_with_when_asked_for_then_it_is_found(key):
    provider = Provider()
    provider.keys = [key]

    assert provider.has()


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(published(use="enc"), id="to encrypt"),
        pytest.param(published(alg="ES384"), id="of another algorithm"),
        pytest.param(published(alg=None), id="of no algorithm"),
        pytest.param(published(kid=...), id="without an id"),
        pytest.param(published(kid=1), id="with a number for an id"),
        pytest.param(published(kty=...), id="of no kind"),
        pytest.param(published(kty=["EC"]), id="of kinds"),
        pytest.param(published(crv=...), id="of no curve"),
        pytest.param(published(crv=["P-256"]), id="of curves"),
        pytest.param(published(crv="P-384"), id="of another curve"),
        pytest.param(published(kty="oct", k="c2VjcmV0"), id="a shared secret"),
        pytest.param(published(x="AA"), id="no point of the curve"),
        pytest.param(published(x=1), id="a number for a point"),
        pytest.param("key-1", id="a text"),
    ],
)
def test_given_a_key_that_is_not_to_verify_with_when_asked_for_then_there_is_none(key):
    provider = Provider(OTHER)
    provider.keys.append(key)

    assert provider.has() is False
    assert provider.has("key-2")


@pytest.mark.parametrize(("bits", "is_used"), [(2_047, False), (2_048, True)])
def test_given_an_rsa_key_when_it_is_short_then_it_is_not_used(bits, is_used):
    private = rsa.generate_private_key(65537, bits)
    shown = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    provider = Provider(OTHER)
    provider.keys.append({**shown, "kid": "key-1"})

    assert provider.has() is is_used
