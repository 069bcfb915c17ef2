"""Unknown keys of an identity provider, while it is being asked for them."""

import json
import threading

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.application.authentication import UnauthenticatedError
from registry.identity.key_set import PAUSE_S, KeySet, ProviderUnavailableError


def a_key_set(*ids):
    public = Ed25519PrivateKey.generate().public_key()
    key = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(public))
    return json.dumps({"keys": [{**key, "kid": each} for each in ids]}).encode()


class SlowProvider:
    """Answers when it is told to, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0
        self.answer = a_key_set("known")
        self.is_asked = threading.Event()
        self.may_answer = threading.Event()
        self.now = 1_000.0
        self.keys = KeySet(self._fetch, lambda: self.now)

    def _fetch(self):
        self.asked += 1
        self.is_asked.set()
        assert self.may_answer.wait(30)
        return self.answer

    def asking(self, key_id):
        """Start to ask for a key; return the thread that waits."""
        self.is_asked.clear()
        self.may_answer.clear()
        thread = threading.Thread(target=self._swallow, args=(key_id,))
        thread.start()
        assert self.is_asked.wait(30)
        return thread

    def _swallow(self, key_id):
        try:
            self.keys.get(key_id)
        except UnauthenticatedError:
            return


@pytest.fixture
def provider():
    found = SlowProvider()
    found.may_answer.set()
    found.keys.get("known")
    found.now += PAUSE_S
    return found


def test_given_a_slow_provider_when_unknown_keys_come_then_they_are_refused_at_once(
    provider,
):
    waiting = provider.asking("made up")

    # In this very thread: it would never come back if it had to wait.
    for each in range(100):
        with pytest.raises(UnauthenticatedError):
            provider.keys.get(f"made up {each}")
    assert provider.keys.get("known").key_id == "known"

    provider.may_answer.set()
    waiting.join(30)
    assert provider.asked == 2


def test_given_an_unknown_key_when_more_come_within_the_pause_then_nobody_is_asked(
    provider,
):
    for each in range(100):
        with pytest.raises(UnauthenticatedError):
            provider.keys.get(f"made up {each}")

    assert provider.asked == 2


def test_given_a_new_key_when_the_pause_is_over_then_it_is_found(provider):
    provider.answer = a_key_set("known", "new")

    assert provider.keys.get("new").key_id == "new"


def test_given_no_keys_yet_when_one_is_fetching_then_others_are_to_try_again():
    provider = SlowProvider()
    waiting = provider.asking("known")

    with pytest.raises(ProviderUnavailableError) as caught:
        provider.keys.get("known")

    provider.may_answer.set()
    waiting.join(30)
    assert caught.value.retry_after_s == 1
    assert provider.keys.get("known").key_id == "known"
