"""Accounts and their tokens in a SQL database: rows in, domain values out."""

import json
from collections.abc import Mapping
from typing import Final

from registry.application.account_ports import KeptPassword
from registry.domain.accounts import Account, Token
from registry.storage.link import Link
from registry.storage.rows import Row

_ACCOUNT: Final = "name, created_ms, password_hash, certificate_subject"
_TOKEN: Final = (
    "id, account, secret_sha256, created_ms, expires_ms, scopes_json, last_used_ms"  # noqa: S105 - names of columns
)
_FIND: Final = f"SELECT {_ACCOUNT} FROM account WHERE name = ?"  # noqa: S608 - constants
_FIND_BY_CERTIFICATE: Final = (
    f"SELECT {_ACCOUNT} FROM account WHERE certificate_subject = ?"  # noqa: S608 - constants
)
# That there is such an account must not show in the time it takes, be it a fraction of
# a microsecond: so a row is looked up and read in any case, the nearest if not its own.
_KEPT_PASSWORD: Final = """
SELECT coalesce(password_hash, ?), name = ? AND password_hash IS NOT NULL
FROM account WHERE name <= ? ORDER BY name DESC LIMIT 1
"""  # noqa: S105 - a statement
_ALL: Final = f"SELECT {_ACCOUNT} FROM account ORDER BY name"  # noqa: S608 - constants
_FIND_TOKEN: Final = f"SELECT {_TOKEN} FROM api_token WHERE id = ?"  # noqa: S608 - constants
_TOKENS: Final = f"SELECT {_TOKEN} FROM api_token ORDER BY account, created_ms, id"  # noqa: S608 - constants
_TOKENS_OF: Final = f"""
SELECT {_TOKEN} FROM api_token WHERE account = ? ORDER BY created_ms, id
"""  # noqa: S608 - constants
_PUT: Final = f"""
INSERT INTO account ({_ACCOUNT}) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash,
certificate_subject = excluded.certificate_subject
"""  # noqa: S608 - constants
_REMOVE: Final = "DELETE FROM account WHERE name = ?"
_ADD_TOKEN: Final = f"INSERT INTO api_token ({_TOKEN}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
_REMOVE_TOKEN: Final = "DELETE FROM api_token WHERE id = ?"  # noqa: S105 - a statement
_NOTE_USE: Final = """
UPDATE api_token SET last_used_ms = ?
WHERE id = ? AND coalesce(last_used_ms, 0) < ?
"""


class SqlAccounts:
    """An `AccountStore` over the connection of a store."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def find(self, name: str) -> Account | None:
        row = self._link.row(_FIND, (name,))
        return None if row is None else Account(*row)

    def find_by_certificate(self, subject: str) -> Account | None:
        row = self._link.row(_FIND_BY_CERTIFICATE, (subject,))
        return None if row is None else Account(*row)

    def kept_password(self, name: str, otherwise: str) -> KeptPassword:
        row = self._link.row(_KEPT_PASSWORD, (otherwise, name, name))
        text, is_its_own = row or (otherwise, False)
        return KeptPassword(text, bool(is_its_own))

    def all(self) -> list[Account]:
        return [Account(*row) for row in self._link.rows(_ALL)]

    def find_token(self, token_id: str) -> Token | None:
        row = self._link.row(_FIND_TOKEN, (token_id,))
        return None if row is None else _token(row)

    def tokens(self, account: str | None = None) -> list[Token]:
        if account is None:
            return [_token(row) for row in self._link.rows(_TOKENS)]
        return [_token(row) for row in self._link.rows(_TOKENS_OF, (account,))]

    def put(self, account: Account) -> None:
        rest = (account.password_hash, account.certificate_subject)
        self._link.change(_PUT, (account.name, account.created_ms, *rest))

    def remove(self, name: str) -> None:
        self._link.change(_REMOVE, (name,))

    def add_token(self, token: Token) -> None:
        scopes = None if token.scopes is None else json.dumps(sorted(token.scopes))
        secret = (token.secret_sha256, token.created_ms, token.expires_ms)
        named = (token.id, token.account)
        self._link.change(_ADD_TOKEN, (*named, *secret, scopes, token.last_used_ms))

    def remove_token(self, token_id: str) -> None:
        self._link.change(_REMOVE_TOKEN, (token_id,))

    def note_uses(self, uses: Mapping[str, int]) -> None:
        # In one order everywhere, so that two processes do not wait for each other.
        rows = [(at_ms, token_id, at_ms) for token_id, at_ms in sorted(uses.items())]
        self._link.change_each(_NOTE_USE, rows)


def _token(row: Row) -> Token:
    token_id, account, secret_sha256, created_ms, expires_ms, scopes, last_used = row
    return Token(
        token_id,
        account,
        bytes(secret_sha256),
        created_ms,
        expires_ms,
        None if scopes is None else frozenset(json.loads(scopes)),
        last_used,
    )
