"""From a credential to whom it stands for, and who has to wait after how many."""

import pytest

from registry.application import accounts, tokens
from registry.application.authentication import (
    MINUTE_MS,
    Authenticator,
    Basic,
    Bearer,
    Certificate,
    Shown,
    UnauthenticatedError,
    Uses,
)
from registry.application.lockout import (
    OF_ACCOUNT,
    OF_ADDRESS,
    OF_STRANGERS,
    LockedOutError,
    Lockout,
)
from registry.application.stored import Origin
from registry.application.tokens import Grantee
from registry.domain.accounts import Account
from registry.domain.errors import StoreUnavailableError
from registry.domain.principals import CredentialKind, Principal
from tests.doubles.access_store import AccessInMemory

BY_ROOT = Origin("root", "r-1")
HERE = "address 10.0.0.1"
NOT_VALID = "The credentials are not valid."


class AsTheyAre:
    """Keeps passwords as they are: nobody is to guess these."""

    nobodys = "nobody's"

    def hash(self, password):
        return password

    def matches(self, password_hash, password):
        return password_hash == password


class Away:
    """A database that is out of reach."""

    def read(self):
        raise StoreUnavailableError


class Provider:
    """Knows one token."""

    def shown(self, text):
        if text != "ey.j.w":
            raise UnauthenticatedError("another one's")
        return Shown(Principal("oidc:eve", CredentialKind.OIDC), 77)


class Asked:
    def __init__(self):
        self.store = AccessInMemory()
        self.uses = Uses()
        ann = Account("ann", 5, "good", "CN=ann")
        for each in (ann, Account("jobs", 5)):
            accounts.add(self.store.ports, each, BY_ROOT)
        self.lockout = Lockout(lambda: 0.0)
        self.provider = None
        self.transactions = self.store.ports.transactions

    @property
    def authenticator(self):
        ports = self.store.ports
        return Authenticator(
            self.transactions,
            ports.clock,
            AsTheyAre(),
            self.lockout,
            self.uses,
            self.provider,
        )

    def token(self, letter=b"a", **more):
        wanted = Grantee("jobs", **more)
        return tokens.create(self.store.ports, wanted, letter.__mul__, BY_ROOT)

    def shown(self, credential, address=HERE, *, is_renewed=False):
        return self.authenticator.shown(credential, address, is_renewed=is_renewed)

    def refusal(self, credential, address=HERE, *, is_renewed=False):
        with pytest.raises(UnauthenticatedError) as caught:
            self.shown(credential, address, is_renewed=is_renewed)
        return str(caught.value)

    def is_locked(self, credential, address=HERE, *, is_renewed=False):
        try:
            self.shown(credential, address, is_renewed=is_renewed)
        except LockedOutError:
            return True
        except UnauthenticatedError:
            return False
        return False


@pytest.fixture
def asked():
    return Asked()


def reasons(caplog):
    """Return what the log says of each refusal: why, and of which credential."""
    return [
        (each.getMessage(), each.reason, getattr(each, "credential", None))
        for each in caplog.records
    ]


@pytest.fixture
def log(caplog):
    caplog.set_level("INFO", "registry.application.authentication")
    return caplog


def test_given_a_password_when_it_is_right_then_it_stands_for_its_account(asked):
    shown = asked.shown(Basic("ann", "good"))

    assert shown == Shown(Principal("ann", CredentialKind.PASSWORD))
    assert shown.until_ms is None


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param(Basic("ann", "bad"), id="wrong"),
        pytest.param(Basic("ann", "nobody's"), id="nobody's"),
        pytest.param(Basic("jobs", "good"), id="without one"),
        pytest.param(Basic("jobs", "nobody's"), id="nobody's, without one"),
        pytest.param(Basic("eve", "good"), id="nobody"),
        pytest.param(Basic("eve", "nobody's"), id="nobody's, of nobody"),
    ],
)
def test_given_a_password_when_it_is_not_right_then_nobody_learns_why(
    asked, log, credential
):
    assert asked.refusal(credential) == NOT_VALID
    reason = "no such account, or not its password"
    assert reasons(log) == [("credential refused", reason, None)]


@pytest.mark.parametrize("tried", [1, OF_ACCOUNT.most - 1])
def test_given_an_outage_when_passwords_are_tried_then_no_attempt_is_counted(
    asked, tried
):
    there = asked.transactions
    for _ in range(tried - 1):
        asked.refusal(Basic("ann", "bad"))
    asked.transactions = Away()
    for _ in range(2 * OF_ADDRESS.most):
        with pytest.raises(StoreUnavailableError):
            asked.shown(Basic("ann", "good"))
    asked.transactions = there

    for _ in range(OF_ACCOUNT.most - tried):
        asked.refusal(Basic("ann", "bad"))
    assert asked.shown(Basic("ann", "good")).principal.name == "ann"


@pytest.mark.parametrize("way", [Basic, None], ids=["basic", "bearer"])
def test_given_a_token_when_presented_then_it_stands_for_its_account(asked, way):
    text, kept = asked.token(lasts_ms=9, scopes=frozenset({"reader"}))
    credential = way(text.id, text.secret) if way else Bearer(text.written)

    shown = asked.shown(credential)

    scopes = frozenset({"reader"})
    principal = Principal("jobs", CredentialKind.TOKEN, scopes=scopes)
    assert shown == Shown(principal, kept.expires_ms)


def test_given_a_token_when_it_was_used_then_its_minute_is_written_once(asked):
    text, _ = asked.token()
    asked.shown(Bearer(text.written))
    asked.store.now_ms += 1

    asked.uses.write(asked.store.ports.transactions)

    (kept,) = asked.store.accounts.tokens()
    assert kept.last_used_ms == 1_000_000 - 1_000_000 % MINUTE_MS == 960_000
    asked.shown(Bearer(text.written))
    assert not asked.uses._last


def test_given_no_use_when_uses_are_written_then_the_store_is_left_alone():
    Uses().write(None)


def test_given_uses_when_they_are_written_then_the_next_time_there_are_none(asked):
    text, kept = asked.token()
    asked.uses.note(kept, MINUTE_MS)
    asked.uses.write(asked.store.ports.transactions)

    asked.uses.write(None)

    assert asked.store.accounts.find_token(text.id).last_used_ms == MINUTE_MS


@pytest.mark.parametrize(
    ("now_ms", "noted"),
    [(59_999, {}), (60_000, {"60000"}), (119_999, {"60000"}), (120_000, {"120000"})],
)
def test_given_a_token_never_used_when_noted_then_it_is_to_the_minute(
    asked, now_ms, noted
):
    _, kept = asked.token()

    asked.uses.note(kept, now_ms)

    assert {str(each) for each in asked.uses._last.values()} == set(noted)


def test_given_a_token_when_its_time_is_over_then_it_is_told_as_much(asked, log):
    text, _ = asked.token(lasts_ms=10)
    asked.store.now_ms += 10

    assert asked.refusal(Bearer(text.written)) == "The token has expired."
    assert reasons(log) == [("credential refused", "token expired", text.id)]
    assert not asked.uses._last


def test_given_a_token_when_its_secret_is_another_then_it_is_not_valid(asked, log):
    text, _ = asked.token()

    assert asked.refusal(Basic(text.id, "x" * 43)) == NOT_VALID
    reason = "not the secret of this token"
    assert reasons(log) == [("credential refused", reason, text.id)]


def test_given_a_token_that_is_not_there_when_presented_then_it_is_not_valid(
    asked, log
):
    assert asked.refusal(Basic("wpt_" + "0" * 16, "x")) == NOT_VALID
    assert reasons(log) == [("credential refused", "no such token", None)]


def test_given_a_certificate_when_an_account_has_it_then_it_stands_for_that(asked):
    shown = asked.shown(Certificate("CN=ann"))

    assert shown == Shown(Principal("ann", CredentialKind.CERTIFICATE))


def test_given_a_certificate_when_no_account_has_it_then_its_subject_is_logged(
    asked, log
):
    told = "No account has a certificate with this subject."

    assert asked.refusal(Certificate("CN=eve")) == told
    reason = "no account for this certificate"
    assert reasons(log) == [("credential refused", reason, "CN=eve")]


def test_given_no_provider_when_its_token_comes_then_it_is_not_valid(asked, log):
    assert asked.refusal(Bearer("ey.j.w")) == NOT_VALID
    reason = "no token of this registry, and no provider is set"
    assert reasons(log) == [("credential refused", reason, None)]


def test_given_a_provider_when_its_token_comes_then_the_provider_is_asked(asked):
    asked.provider = Provider()

    assert asked.shown(Bearer("ey.j.w")).principal.name == "oidc:eve"
    assert asked.refusal(Bearer("ey.j.x")) == "another one's"


def test_given_wrong_passwords_when_they_were_too_many_then_the_right_one_waits(asked):
    for _ in range(OF_ACCOUNT.most):
        assert not asked.is_locked(Basic("ann", "bad"))

    assert asked.is_locked(Basic("ann", "good"))
    assert asked.shown(Basic("ann", "good"), is_renewed=True).principal.name == "ann"
    assert not asked.is_locked(Basic("ann", "good"), "address elsewhere")


def test_given_a_right_password_when_counted_then_the_wrong_ones_are_forgotten(asked):
    for _ in range(3):
        for _ in range(OF_ACCOUNT.most - 1):
            assert not asked.is_locked(Basic("ann", "bad"))
        asked.shown(Basic("ann", "good"))


def test_given_wrong_passwords_of_many_when_too_many_then_their_address_waits(asked):
    for each in range(OF_ADDRESS.most):
        assert not asked.is_locked(Basic(f"user-{each}", "bad"))

    assert asked.is_locked(Basic("ann", "good"))
    assert not asked.is_locked(Basic("ann", "good"), "address elsewhere")


def test_given_right_passwords_when_they_are_many_then_their_address_does_not_wait(
    asked,
):
    for _ in range(2 * OF_ADDRESS.most):
        asked.authenticator.shown(Basic("ann", "good"), HERE)


def test_given_a_credential_when_nothing_else_is_said_then_it_is_looked_at_as_new(
    asked,
):
    for _ in range(OF_ACCOUNT.most):
        asked.refusal(Basic("ann", "bad"))

    with pytest.raises(LockedOutError):
        asked.authenticator.shown(Basic("ann", "good"), HERE)


def test_given_a_renewed_password_when_it_is_wrong_then_it_is_no_guess(asked):
    for _ in range(10 * OF_ACCOUNT.most):
        asked.refusal(Basic("ann", "changed"), is_renewed=True)

    assert not asked.is_locked(Basic("ann", "good"))


STRANGERS = [
    pytest.param(Basic("wpt_" + "0" * 16, "x"), id="token as Basic"),
    pytest.param(Bearer(f"wpt_{'0' * 16}_{'x' * 43}"), id="token as Bearer"),
    pytest.param(Certificate("CN=eve"), id="certificate"),
]


@pytest.mark.parametrize("credential", STRANGERS)
def test_given_strangers_when_they_were_too_many_then_their_address_waits(
    asked, credential
):
    for _ in range(OF_STRANGERS.most):
        assert not asked.is_locked(credential)

    assert asked.is_locked(credential)
    assert not asked.is_locked(credential, is_renewed=True)
    assert not asked.is_locked(credential, "address elsewhere")
    assert not asked.is_locked(Basic("ann", "good"))


def test_given_good_tokens_when_they_are_many_then_nobody_waits(asked):
    text, _ = asked.token()

    for _ in range(3 * OF_STRANGERS.most):
        asked.shown(Bearer(text.written))
