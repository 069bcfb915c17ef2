"""Tokens: whom they can be made for, how many, and what is recorded of them."""

import json

import pytest

from registry.application import accounts, tokens
from registry.application.stored import AuditEntry, Origin
from registry.application.tokens import Grantee
from registry.domain.accounts import (
    CHANCE_BYTES,
    Account,
    AccountError,
    Token,
    TokenText,
)
from tests.doubles.access_store import AccessInMemory

BY_ROOT = Origin("root", "r-1")
NOW_MS = 1_000_000


@pytest.fixture
def store():
    found = AccessInMemory()
    for name in ("ann", "bob"):
        accounts.add(found.ports, Account(name, 5), BY_ROOT)
    found.audit.clear()
    return found


def made(store, wanted=Grantee("ann"), letter=b"a"):  # noqa: B008 - frozen
    return tokens.create(store.ports, wanted, lambda count: letter * count, BY_ROOT)


def refusal(act, *arguments):
    with pytest.raises(AccountError) as caught:
        act(*arguments)
    return str(caught.value)


def entry(action, token, before, after):
    before, after = (each and json.dumps(each) for each in (before, after))
    target = f"accounts/{token.account}/tokens/{token.id}"
    return AuditEntry(BY_ROOT, action, target, before, after, NOW_MS)


def test_given_an_account_when_a_token_is_made_then_what_is_kept_opens_to_it(store):
    text, kept = made(store)

    assert text == TokenText.drawn(b"a" * CHANCE_BYTES)
    assert kept == Token(text.id, "ann", text.secret_sha256, NOW_MS)
    assert kept.is_opened_by(text.secret)
    assert tokens.list_tokens(store.ports, "ann") == [kept]
    said = {"expiresMs": None, "scopes": None}
    assert store.audit == [entry("token.create", kept, None, said)]


def test_given_an_end_and_roles_when_a_token_is_made_then_it_has_them(store):
    scopes = frozenset({"reader", "developer"})

    _, kept = made(store, Grantee("ann", 60_000, scopes))

    assert (kept.expires_ms, kept.scopes) == (NOW_MS + 60_000, scopes)
    said = {"expiresMs": NOW_MS + 60_000, "scopes": ["developer", "reader"]}
    assert store.audit == [entry("token.create", kept, None, said)]


def test_given_an_unknown_role_when_a_token_is_to_have_it_then_the_roles_are_told(
    store,
):
    found = refusal(made, store, Grantee("ann", None, frozenset({"reader", "king"})))

    assert found == (
        "There is no role 'king'; there are reader, developer, owner, approver, admin"
    )
    assert store.accounts.tokens() == []


def test_given_no_account_when_a_token_is_to_be_made_then_there_is_none(store):
    found = refusal(made, store, Grantee("eve"))

    assert found.startswith("There is no account 'eve'")
    assert store.accounts.tokens() == []


def test_given_two_live_tokens_when_a_third_is_to_be_made_then_it_names_them(store):
    first, second = (made(store, letter=letter)[0].id for letter in (b"a", b"b"))

    assert refusal(made, store, Grantee("ann"), b"c") == (
        f"The account has 2 live tokens already ({first}, {second}); revoke the one"
        " that is no longer used: wirepact token revoke ID"
    )
    made(store, Grantee("bob"), b"d")


def test_given_a_token_that_has_ended_when_another_is_made_then_there_is_room(store):
    for letter in (b"a", b"b"):
        made(store, Grantee("ann", 10), letter)
    store.now_ms += 9
    assert "2 live tokens" in refusal(made, store, Grantee("ann"), b"c")

    store.now_ms += 1
    made(store, Grantee("ann"), b"c")

    assert len(tokens.list_tokens(store.ports, "ann")) == 3


def test_given_tokens_of_two_when_listed_then_those_of_one_or_all(store):
    (_, of_bob), (_, of_ann) = made(store, Grantee("bob")), made(store, letter=b"b")

    assert tokens.list_tokens(store.ports) == [of_ann, of_bob]
    assert tokens.list_tokens(store.ports, "bob") == [of_bob]


def test_given_no_tokens_when_listed_then_only_an_account_has_an_empty_list(store):
    assert tokens.list_tokens(store.ports) == []
    assert tokens.list_tokens(store.ports, "ann") == []
    found = refusal(tokens.list_tokens, store.ports, "eve")
    assert found == "There is no account 'eve'"


def test_given_a_token_when_revoked_then_it_is_gone_and_its_end_is_recorded(store):
    (_, first), (_, second) = made(store), made(store, letter=b"b")
    store.audit.clear()

    assert tokens.revoke(store.ports, first.id, BY_ROOT) == first

    assert tokens.list_tokens(store.ports) == [second]
    said = {"expiresMs": None, "scopes": None}
    assert store.audit == [entry("token.revoke", first, said, None)]


def test_given_no_such_token_when_revoked_then_it_says_where_all_are(store):
    found = refusal(tokens.revoke, store.ports, "wpt_0", BY_ROOT)

    assert found == "There is no such token; `wirepact token list` has all"
    assert store.audit == []
