"""Tokens that were narrowed to roles: they take away, and never add."""

import secrets
from collections.abc import Iterator
from typing import Any, Final

import pytest

from registry.application import tokens
from registry.domain.accounts import AccountError
from registry.settings import Settings
from tests.integration.http.access.callers import BY_TEST, Callers, guarded
from tests.integration.http.access.test_seen import register

_BODIES: Final[dict[str, Any]] = {
    "read": ("GET", "/subjects/own-1/versions/1", None),
    "register": ("POST", "/subjects/own-2/versions", {"schema": '"int"'}),
    "configure": ("PUT", "/config/own-1", {"compatibility": "FULL"}),
    "delete": ("DELETE", "/subjects/own-3", None),
    "apply": (
        "POST",
        "/governance/v1/apply",
        {"contracts": [{"subject": "own-1", "level": "NONE"}]},
    ),
    "purge": ("DELETE", "/subjects/own-4?permanent=true", None),
    "administer": ("PUT", "/config", {"compatibility": "FULL"}),
}


@pytest.fixture
def callers(settings: Settings) -> Iterator[Callers]:
    with guarded(settings) as started:
        for name in ("own-1", "own-3", "own-4"):
            register(started, name, '"string"')
        assert started.ask("admin", "DELETE", "/subjects/own-4").is_success
        yield started


def allowed(callers: Callers, account: str, *scopes: str) -> set[str]:
    """Return what a token may do, asked for in the order of `_BODIES`."""
    headers = callers.token(account, *scopes)
    found = set()
    for name, (method, path, body) in _BODIES.items():
        answer = callers.client.request(method, path, json=body, headers=headers)
        assert answer.status_code in {200, 403}, answer.text
        found |= {name} if answer.is_success else set()
    return found


OWNED = {"read", "register", "configure", "delete", "apply"}


@pytest.mark.parametrize(
    ("account", "scopes", "expected"),
    [
        pytest.param("owner", (), OWNED, id="an owner's own"),
        pytest.param("owner", ("reader",), {"read"}, id="narrowed to reading"),
        pytest.param("owner", ("developer",), {"read", "register"}, id="to writing"),
        pytest.param("owner", ("owner",), OWNED, id="to what the account is"),
        pytest.param("owner", ("approver",), {"read"}, id="to what it is not"),
        pytest.param("owner", ("admin",), OWNED, id="to more than it is"),
        pytest.param("reader", ("admin",), {"read"}, id="a reader's, to all"),
        pytest.param("admin", ("reader", "owner"), OWNED, id="to two roles"),
        pytest.param("admin", ("admin",), {*_BODIES}, id="an admin's, to all"),
    ],
)
def test_given_a_narrowed_token_when_it_asks_then_it_may_what_both_may(
    callers, account, scopes, expected
):
    assert allowed(callers, account, *scopes) == expected


def test_given_a_narrowed_token_when_lists_are_read_then_only_what_the_account_reads(
    callers,
):
    register(callers, "secret", '"string"')
    headers = callers.token("reader", "admin")

    found = callers.client.get("/subjects", headers=headers)

    assert found.json() == ["own-1", "own-3"]


def test_given_a_narrowed_token_when_the_whole_one_has_asked_then_it_is_still_narrow(
    callers,
):
    body = {"schema": '"int"'}
    path = "/subjects/own-2/versions"
    assert callers.ask("owner", "POST", path, json=body).status_code == 200

    narrow = callers.token("owner", "reader")

    assert callers.client.post(path, json=body, headers=narrow).status_code == 403


def test_given_no_such_role_when_a_token_is_made_then_it_is_refused(callers):
    wanted = tokens.Grantee("owner", scopes=frozenset({"reader", "writer"}))

    with pytest.raises(AccountError, match="no role 'writer'; there are reader, "):
        tokens.create(callers.ports, wanted, secrets.token_bytes, BY_TEST)
