"""Guessing passwords: how far one gets, and who is held up by it."""

import pytest

from registry.application.lockout import OF_ACCOUNT, OF_ADDRESS, OF_STRANGERS
from tests.integration.authentication.conftest import PASSWORD, basic, guarding

GUESSES = 1_000


@pytest.fixture(params=["alice", "nobody", "orders"])
def name(request):
    """An account with a password, none at all, and one without a password."""
    return request.param


def test_given_a_thousand_guesses_when_tried_then_five_are_looked_at(guarded, name):
    found = [guarded.status(basic(name, f"guess {each}")) for each in range(GUESSES)]

    assert found[: OF_ACCOUNT.most] == [401] * OF_ACCOUNT.most
    assert set(found[OF_ACCOUNT.most :]) == {429}


def test_given_a_locked_account_when_answered_then_it_does_not_say_if_there_is_one(
    guarded,
):
    told = {}
    for name in ("alice", "nobody"):
        answers = [
            guarded.client.get(
                "/subjects", headers={"authorization": basic(name, f"guess {each}")}
            )
            for each in range(OF_ACCOUNT.most + 1)
        ]
        told[name] = [
            (each.status_code, each.content, each.headers.get("retry-after"))
            for each in answers
        ]

    assert told["alice"] == told["nobody"]
    assert told["alice"][-1][2] == "61"


def test_given_a_locked_account_when_the_right_one_comes_then_it_has_to_wait(guarded):
    for each in range(OF_ACCOUNT.most):
        guarded.status(basic("alice", f"guess {each}"))

    assert guarded.status(basic("alice", PASSWORD)) == 429
    guarded.times.pass_(OF_ACCOUNT.locked_s)
    assert guarded.status(basic("alice", PASSWORD)) == 200


def test_given_somebody_at_work_when_others_guess_then_they_are_not_held_up(guarded):
    good = basic("alice", PASSWORD)
    assert guarded.status(good) == 200

    for minute in range(120):
        for each in range(10):
            guarded.status(basic("alice", f"guess {minute} {each}"))
        assert guarded.status(good) == 200
        guarded.times.pass_(60)


def test_given_one_password_when_tried_on_all_accounts_then_the_address_is_locked(
    guarded,
):
    found = [guarded.status(basic(f"user-{each}", PASSWORD)) for each in range(100)]

    assert found.count(401) == OF_ADDRESS.most
    assert guarded.status(basic("alice", PASSWORD)) == 429


def test_given_a_locked_address_when_a_token_comes_then_it_is_let_in(guarded):
    token = guarded.token()
    for each in range(100):
        guarded.status(basic(f"user-{each}", PASSWORD))

    assert guarded.status(f"Bearer {token.written}") == 200
    assert guarded.status(basic(token.id, token.secret)) == 200


def test_given_clients_behind_a_proxy_when_one_guesses_then_it_alone_is_locked(
    settings,
):
    with guarding(settings, is_behind_proxy=True) as guarded:
        for each in range(100):
            guessed = basic(f"user-{each}", PASSWORD)
            guarded.status(guessed, **{"x-forwarded-for": "192.0.2.1"})

        good = basic("alice", PASSWORD)
        assert guarded.status(good, **{"x-forwarded-for": "192.0.2.1"}) == 429
        assert guarded.status(good, **{"x-forwarded-for": "192.0.2.2"}) == 200


def test_given_guesses_when_logged_then_it_says_from_where(settings, caplog):
    caplog.set_level("INFO", "registry")
    with guarding(settings, is_behind_proxy=True) as guarded:
        for each in range(OF_ACCOUNT.most + 1):
            guessed = basic("alice", f"guess {each}")
            guarded.status(guessed, **{"x-forwarded-for": "192.0.2.1"})

    found = [
        (vars(each)["from"], vars(each)["code"])
        for each in caplog.records
        if each.msg == "client refused"
    ]
    assert found == [("192.0.2.1", 40101)] * OF_ACCOUNT.most + [("192.0.2.1", 429)]


def unknown(number: int) -> str:
    return f"Bearer wpt_{number:016x}_{'A' * 43}"


def test_given_a_flood_of_unknown_tokens_when_refused_then_the_database_is_spared(
    guarded,
):
    found = [guarded.status(unknown(each)) for each in range(200)]

    assert found == [401] * OF_STRANGERS.most + [429] * (200 - OF_STRANGERS.most)


def test_given_a_flood_of_unknown_tokens_when_a_known_one_comes_then_it_goes_on(
    guarded,
):
    token = f"Bearer {guarded.token().written}"
    late = f"Bearer {guarded.token('alice').written}"
    assert guarded.status(token) == 200

    guarded.times.pass_(60)
    for each in range(200):
        guarded.status(unknown(each))

    assert guarded.status(token) == 200
    assert guarded.status(late) == 429
    guarded.times.pass_(OF_STRANGERS.locked_s)
    assert guarded.status(late) == 200


def test_given_ids_of_a_token_when_its_secret_is_wrong_then_it_counts_as_unknown(
    guarded,
):
    token = guarded.token()

    found = [guarded.status(basic(token.id, f"guess {each}")) for each in range(50)]

    assert found.count(401) == OF_STRANGERS.most


def test_given_unknown_certificates_when_flooded_then_their_address_alone_waits(
    settings,
):
    with guarding(
        settings, is_behind_proxy=True, certificate_header="x-client-subject"
    ) as guarded:
        found = [
            guarded.status(
                **{"x-client-subject": f"CN={each}", "x-forwarded-for": "192.0.2.1"}
            )
            for each in range(50)
        ]
        other = guarded.status(
            **{"x-client-subject": "CN=1", "x-forwarded-for": "192.0.2.2"}
        )

    assert found == [401] * OF_STRANGERS.most + [429] * (50 - OF_STRANGERS.most)
    assert other == 401


@pytest.mark.parametrize("who", ["alice", "alic", "alice ", "nobody", "orders", "A"])
def test_given_any_name_when_its_password_is_read_then_something_is_there_to_try(
    guarded_on_either, who
):
    with guarded_on_either.ports.transactions.read() as store:
        found = store.accounts.kept_password(who, "of nobody")

    assert found.is_its_own is (who == "alice")
    assert found.hash


@pytest.mark.parametrize("near", ["alicf", "alice2", "alic", "bob", "orders", "A"])
def test_given_a_name_near_an_account_when_its_password_is_tried_then_it_is_refused(
    guarded_on_either, near
):
    assert guarded_on_either.status(basic(near, PASSWORD)) == 401
    assert guarded_on_either.status(basic("alice", PASSWORD)) == 200


def test_given_a_network_of_many_addresses_when_one_guesses_then_it_is_one_client(
    settings,
):
    with guarding(settings, is_behind_proxy=True) as guarded:
        found = [
            guarded.status(
                basic(f"user-{each}", PASSWORD),
                **{"x-forwarded-for": f"2001:db8:0:1::{each:x}"},
            )
            for each in range(100)
        ]

        good = basic("alice", PASSWORD)
        assert found.count(401) == OF_ADDRESS.most
        assert guarded.status(good, **{"x-forwarded-for": "2001:db8:0:2::1"}) == 200


def test_given_guesses_from_elsewhere_when_the_owner_comes_then_they_are_let_in(
    settings,
):
    def forwarded(address):
        return {"x_forwarded_for": address}

    with guarding(settings, is_behind_proxy=True) as guarded:
        for minute in range(60):
            guarded.times.pass_(60)
            for each in range(10):
                guess = basic("alice", f"guess {minute} {each}")
                guarded.status(guess, **forwarded("198.51.100.1"))

        assert guarded.status(guess, **forwarded("198.51.100.1")) == 429
        right = basic("alice", PASSWORD)
        assert guarded.status(right, **forwarded("192.0.2.1")) == 200
