"""Who may ask: tokens, passwords, certificates, and those who present nothing."""

import json

import pytest

from registry.application import accounts, tokens
from registry.application.lockout import OF_ACCOUNT
from registry.domain.accounts import AccountError
from registry.domain.model import Subject
from registry.identity.passwords import Argon2Passwords
from tests.integration.authentication.conftest import (
    BY_TEST,
    CHEAP,
    DAY_MS,
    HEADER,
    PASSWORD,
    SUBJECT,
    basic,
    guarding,
)
from tests.suites.registering import a_content, register


def test_given_nothing_when_asked_then_it_is_told_what_to_present(guarded):
    answer = guarded.client.get("/subjects")

    assert answer.status_code == 401
    assert answer.json()["error_code"] == 40101
    assert answer.json()["message"].startswith("Say who you are")
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="wirepact", Basic realm="wirepact", charset="UTF-8"'
    )
    assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"
    assert answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"


def test_given_a_token_when_it_is_presented_in_either_form_then_it_is_let_in(
    guarded_on_either,
):
    token = guarded_on_either.token()

    assert guarded_on_either.status(f"Bearer {token.written}") == 200
    assert guarded_on_either.status(f"bearer {token.written}") == 200
    assert guarded_on_either.status(basic(token.id, token.secret)) == 200


def test_given_a_password_when_it_is_right_then_it_is_let_in(guarded_on_either):
    assert guarded_on_either.status(basic("alice", PASSWORD)) == 200
    assert guarded_on_either.status(basic("alice", "something else")) == 401


@pytest.mark.parametrize(
    "name", ["alice\0", "\0", "alice\n", "wpt_0123456789abcdef\0", "a" * 11_000]
)
def test_given_a_name_that_none_can_have_when_presented_then_it_is_refused(
    guarded_on_either, name
):
    for _ in range(2 * OF_ACCOUNT.most):
        assert guarded_on_either.status(basic(name, PASSWORD)) == 401


def test_given_an_account_without_a_password_when_one_is_tried_then_refused(guarded):
    assert guarded.status(basic("orders", "")) == 401


def test_given_a_write_when_it_is_recorded_then_it_is_the_accounts(guarded):
    token = guarded.token()

    answer = guarded.client.post(
        "/subjects/s/versions",
        json={"schema": '"string"'},
        headers={"authorization": f"Bearer {token.written}"},
    )

    assert answer.status_code == 200
    (actor,) = (row[3] for row in guarded.audit() if row[4] == "version.register")
    assert actor == "orders"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_given_a_probe_when_it_presents_nothing_then_it_is_answered(guarded, path):
    assert guarded.client.get(path).status_code == 200
    wrong = {"authorization": "Bearer wrong"}
    assert guarded.client.get(path, headers=wrong).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/health%2Flive",
        "/health/live/../../subjects",
        "/subjects?x=/health/live",
        "//health/live",
        "/contexts/.x/health/live",
        "/apis/ccompat/v7/health/live",
        "/metrics",
        "/openapi.json",
        "/schemas/ids/1",
        "/",
    ],
)
def test_given_a_path_of_another_kind_when_nothing_is_presented_then_refused(
    guarded, path
):
    assert guarded.client.get(path).status_code == 401


def test_given_anonymous_read_when_nothing_is_presented_then_it_only_reads(settings):
    with guarding(settings, is_anonymous_read=True) as guarded:
        assert guarded.status() == 200
        answer = guarded.client.post(
            "/subjects/s/versions", json={"schema": '"string"'}
        )
        assert answer.status_code == 401


def test_given_anonymous_read_when_what_is_presented_is_bad_then_refused(settings):
    with guarding(settings, is_anonymous_read=True) as guarded:
        assert guarded.status("Bearer wrong") == 401
        assert guarded.status("") == 401


def test_given_a_head_when_it_is_refused_then_there_is_no_body(guarded):
    answer = guarded.client.request("HEAD", "/subjects")

    assert (answer.status_code, answer.content) == (401, b"")


def test_given_a_kept_answer_when_a_stranger_asks_then_it_is_not_given(guarded):
    register(guarded.ports.transactions, Subject("s"), a_content())
    good = {"authorization": f"Bearer {guarded.token().written}"}
    assert guarded.client.get("/schemas/ids/1", headers=good).status_code == 200

    assert guarded.client.get("/schemas/ids/1").status_code == 401
    assert guarded.client.get("/schemas/ids/1", headers=good).status_code == 200


def test_given_a_token_that_is_revoked_elsewhere_when_learnt_then_it_is_refused(
    guarded_on_either,
):
    guarded = guarded_on_either
    token = guarded.token()
    assert guarded.status(f"Bearer {token.written}") == 200

    tokens.revoke(guarded.ports, token.id, BY_TEST)
    guarded.poll()

    assert guarded.status(f"Bearer {token.written}") == 401


def test_given_an_account_that_is_removed_when_learnt_then_nothing_of_it_is_good(
    guarded_on_either,
):
    guarded = guarded_on_either
    presented = [f"Bearer {guarded.token('alice').written}", basic("alice", PASSWORD)]
    assert [guarded.status(each) for each in presented] == [200, 200]

    accounts.remove(guarded.ports, "alice", BY_TEST)
    guarded.poll()

    assert [guarded.status(each) for each in presented] == [401, 401]


def test_given_a_changed_password_when_learnt_then_only_the_new_one_is_good(guarded):
    assert guarded.status(basic("alice", PASSWORD)) == 200
    hashed = Argon2Passwords(CHEAP).hash("another one")

    accounts.change_password(guarded.ports, "alice", hashed, BY_TEST)
    guarded.poll()

    assert guarded.status(basic("alice", PASSWORD)) == 401
    assert guarded.status(basic("alice", "another one")) == 200


def test_given_a_token_that_expires_when_its_time_has_come_then_it_says_so(guarded):
    token = guarded.token(lasts_ms=DAY_MS)
    headers = {"authorization": f"Bearer {token.written}"}
    assert guarded.client.get("/subjects", headers=headers).status_code == 200

    guarded.times.pass_(24 * 60 * 60)

    answer = guarded.client.get("/subjects", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["message"] == "The token has expired."


def test_given_two_live_tokens_when_a_third_is_wanted_then_one_has_to_go(guarded):
    first, second = guarded.token(), guarded.token()
    assert {guarded.status(f"Bearer {each.written}") for each in (first, second)} == {
        200
    }

    with pytest.raises(AccountError, match=first.id):
        guarded.token()

    tokens.revoke(guarded.ports, first.id, BY_TEST)
    assert guarded.status(f"Bearer {guarded.token().written}") == 200


def test_given_an_expired_token_when_another_is_wanted_then_it_does_not_count(guarded):
    for _ in range(2):
        guarded.token(lasts_ms=1000)

    guarded.times.pass_(1)

    guarded.token()


def test_given_a_used_token_when_noted_then_it_is_to_the_minute(guarded_on_either):
    guarded = guarded_on_either
    token = guarded.token()
    guarded.status(f"Bearer {token.written}")

    guarded.uses.write(guarded.ports.transactions)

    (found,) = tokens.list_tokens(guarded.ports, "orders")
    assert found.last_used_ms == guarded.times.now_ms // 60_000 * 60_000


def test_given_a_used_token_when_noted_then_no_decision_is_made_void(guarded):
    before = len(guarded.audit())
    guarded.status(f"Bearer {guarded.token().written}")

    guarded.uses.write(guarded.ports.transactions)

    assert len(guarded.audit()) == before + 1  # the token's own


def test_given_a_proxys_certificate_header_when_it_is_known_then_it_is_let_in(settings):
    with guarding(settings, is_behind_proxy=True, certificate_header=HEADER) as guarded:
        assert guarded.status(**{HEADER: SUBJECT}) == 200
        assert guarded.status(**{HEADER: "CN=stranger"}) == 401
        assert guarded.status(**{HEADER: ""}) == 401


def test_given_a_strangers_certificate_header_when_read_then_it_shows_nothing(settings):
    with guarding(settings, certificate_header=HEADER) as guarded:
        assert guarded.status(**{HEADER: SUBJECT}) == 401


def test_given_a_bad_token_beside_a_certificate_when_asked_then_it_decides(settings):
    with guarding(settings, is_behind_proxy=True, certificate_header=HEADER) as guarded:
        assert guarded.status("Bearer wrong", **{HEADER: SUBJECT}) == 401


def test_given_whatever_was_done_when_recorded_then_no_secret_is_in_it(guarded, caplog):
    caplog.set_level("DEBUG")
    token = guarded.token()
    secrets = [token.secret, PASSWORD, "a wrong password"]
    guarded.status(f"Bearer {token.written}")
    guarded.status(f"Bearer {token.written[:-1]}")
    guarded.status(f"Bearer {token.id}_{'x' * 43}")
    guarded.status(basic("alice", PASSWORD))
    guarded.status(basic("alice", "a wrong password"))
    guarded.status(basic(token.secret, "typed into the wrong field"))
    tokens.revoke(guarded.ports, token.id, BY_TEST)

    told = json.dumps([str(row) for row in guarded.audit()]) + caplog.text
    told += "".join(str(vars(record)) for record in caplog.records) + repr(token)
    account = accounts.all_accounts(guarded.ports)[0]
    told += repr(account)

    assert "credential refused" in caplog.text
    assert [each for each in [*secrets, account.password_hash] if each in told] == []


def test_given_accounts_when_contexts_are_read_then_theirs_is_none_of_them(
    guarded_on_either,
):
    guarded = guarded_on_either
    headers = {"authorization": f"Bearer {guarded.token().written}"}

    listed = guarded.client.get("/contexts", headers=headers).json()
    with guarded.ports.transactions.read() as store:
        moved = [each.name for each in store.moving.contexts((), 100)]

    assert ".__ACCESS" not in [*listed, *moved]
    assert listed == ["."]
