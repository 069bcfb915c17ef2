"""Tokens: making, listing and revoking what speaks for an account."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from registry.application import accounts
from registry.application.ports import Ports, SchemaStore
from registry.application.stored import AuditEntry, Origin
from registry.domain.access import Role
from registry.domain.accounts import (
    CHANCE_BYTES,
    MOST_LIVE_TOKENS,
    AccountError,
    Token,
    TokenText,
)
from registry.domain.model import ACCESS_CONTEXT


@dataclass(frozen=True, slots=True)
class Grantee:
    """What a token is to be.

    Attributes:
        lasts_ms: How long it is good for; None for ever.
        scopes: The roles that it is narrowed to: it may do what its account may and
            one of them may; None where it is not narrowed.

    """

    account: str
    lasts_ms: int | None = None
    scopes: frozenset[str] | None = None


def create(
    ports: Ports, wanted: Grantee, chance: Callable[[int], bytes], origin: Origin
) -> tuple[TokenText, Token]:
    """Make a token and return it, with what is kept of it; nobody can show it again.

    Args:
        chance: Returns so many random bytes.

    Raises:
        AccountError: There is no such account or role, or it has two that are live.

    """
    _hold_known(wanted.scopes or ())
    text = TokenText.drawn(chance(CHANCE_BYTES))

    def act(store: SchemaStore) -> Token:
        store.lock(ACCESS_CONTEXT)
        accounts.get(store, wanted.account)
        now_ms = ports.clock()
        token = Token(
            text.id,
            wanted.account,
            text.secret_sha256,
            now_ms,
            None if wanted.lasts_ms is None else now_ms + wanted.lasts_ms,
            wanted.scopes,
        )
        _hold_room(store.accounts.tokens(wanted.account), now_ms)
        store.accounts.add_token(token)
        _record(ports, store, "token.create", (None, token), origin)
        return token

    return text, ports.transactions.write(act)


def list_tokens(ports: Ports, account: str | None = None) -> list[Token]:
    """Return the tokens of an account, or all, by account and time of creation.

    Raises:
        AccountError: There is no such account.

    """
    with ports.transactions.read() as store:
        found = store.accounts.tokens(account)
        if not found and account is not None and store.accounts.find(account) is None:
            raise AccountError(f"There is no account '{account}'")
        return found


def revoke(ports: Ports, token_id: str, origin: Origin) -> Token:
    """Remove a token and return what it was; within a second nobody accepts it.

    Raises:
        AccountError: There is no such token.

    """

    def act(store: SchemaStore) -> Token:
        store.lock(ACCESS_CONTEXT)
        token = store.accounts.find_token(token_id)
        if token is None:
            raise AccountError("There is no such token; `wirepact token list` has all")
        store.accounts.remove_token(token_id)
        _record(ports, store, "token.revoke", (token, None), origin)
        return token

    return ports.transactions.write(act)


def _hold_known(scopes: Iterable[str]) -> None:
    # An unknown one would add nothing: who gives it means something else.
    for each in sorted(set(scopes) - set(Role)):
        raise AccountError(f"There is no role '{each}'; there are {', '.join(Role)}")


def _hold_room(tokens: list[Token], now_ms: int) -> None:
    live = [token.id for token in tokens if token.is_live(now_ms)]
    if len(live) >= MOST_LIVE_TOKENS:
        raise AccountError(
            f"The account has {len(live)} live tokens already ({', '.join(live)});"
            " revoke the one that is no longer used: wirepact token revoke ID"
        )


def _record(
    ports: Ports,
    store: SchemaStore,
    action: str,
    change: tuple[Token | None, Token | None],
    origin: Origin,
) -> None:
    before, after = (None if each is None else _told(each) for each in change)
    (token, *_) = (each for each in change if each is not None)
    target = f"accounts/{token.account}/tokens/{token.id}"
    entry = AuditEntry(origin, action, target, before, after, ports.clock())
    store.record(ACCESS_CONTEXT, entry)


def _told(token: Token) -> str:
    scopes = None if token.scopes is None else sorted(token.scopes)
    return json.dumps({"expiresMs": token.expires_ms, "scopes": scopes})
