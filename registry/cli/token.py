"""`wirepact token`: make, list and revoke what speaks for an account."""

from typing import Any, Final

import click

from registry.cli.accounts import day, opened
from registry.cli.db import database_url_option
from registry.cli.tables import show_json, show_table
from registry.domain.access import Role

_DAY_MS: Final = 24 * 60 * 60 * 1000
_NEVER: Final = "never"
_ALL: Final = "all"
_MOST_DAYS: Final = 36_500


class _DaysType(click.ParamType[Any]):
    name = "days"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        text = str(value).lower()
        if text == _NEVER:
            return _NEVER
        if not text.isdecimal() or not 1 <= int(text[:9]) <= _MOST_DAYS:
            self.fail(f"expected 1 to {_MOST_DAYS} days, or {_NEVER}", param, ctx)
        return int(text)


@click.group()
def token() -> None:
    """Make, list and revoke tokens; on the database itself.

    A token speaks for an account, which `wirepact user add` makes. Servers learn of
    all changes within a second.
    """


@token.command()
@database_url_option
@click.option(
    "--expires-days",
    type=_DaysType(),
    default="90",
    show_default=True,
    help="How long it is good for; or never: until it is revoked.",
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([each.value for each in Role]),
    multiple=True,
    help="A role: the token may do no more than that, wherever the account may. Several"
    " for all that they may together.",
)
@click.argument("account")
def create(
    database_url: str | None,
    account: str,
    expires_days: int | str,
    scopes: tuple[str, ...],
) -> None:
    """Make a token for ACCOUNT and print it; nobody can show it again.

    An account has at most two that are live: make the new one, hand it out, then revoke
    the old one.
    """
    import secrets

    from registry.application import tokens
    from registry.application.stored import Origin
    from registry.application.tokens import Grantee

    origin = Origin(actor="wirepact token create", request_id="")
    with opened(database_url) as ports:
        lasts_ms = expires_days * _DAY_MS if isinstance(expires_days, int) else None
        wanted = Grantee(account, lasts_ms, frozenset(scopes) or None)
        made, kept = tokens.create(ports, wanted, secrets.token_bytes, origin)
    click.echo(made.written)
    until = "until it is revoked"
    if kept.expires_ms is not None:
        until = f"until {day(kept.expires_ms, _NEVER)}"
    click.echo(
        f"This token of '{account}' is good {until}, and is shown this once.\n"
        f"As Basic credentials: the user is {made.id}, the password is what follows"
        " it and '_'.",
        err=True,
    )


@token.command("list")
@database_url_option
@click.option("--json", "is_json", is_flag=True, help="As JSON.")
@click.argument("account", required=False)
def list_(database_url: str | None, account: str | None, *, is_json: bool) -> None:
    """List the tokens of ACCOUNT, or all; their secrets are not kept."""
    from registry.application import tokens

    with opened(database_url) as ports:
        found = tokens.list_tokens(ports, account)
        now_ms = ports.clock()
    if is_json:
        show_json(
            [
                {
                    "id": each.id,
                    "account": each.account,
                    "createdMs": each.created_ms,
                    "expiresMs": each.expires_ms,
                    "lastUsedMs": each.last_used_ms,
                    "isLive": each.is_live(now_ms),
                    "scopes": None if each.scopes is None else sorted(each.scopes),
                }
                for each in found
            ]
        )
        return
    show_table(
        ("TOKEN", "ACCOUNT", "CREATED", "EXPIRES", "LAST USED", "LIVE", "SCOPES"),
        (
            (
                each.id,
                each.account,
                day(each.created_ms, ""),
                day(each.expires_ms, _NEVER),
                day(each.last_used_ms, _NEVER),
                each.is_live(now_ms),
                _ALL if each.scopes is None else ", ".join(sorted(each.scopes)),
            )
            for each in found
        ),
    )


@token.command()
@database_url_option
@click.argument("token_id", metavar="ID")
def revoke(database_url: str | None, token_id: str) -> None:
    """Revoke the token ID; within a second no server accepts it any more."""
    from registry.application import tokens
    from registry.application.stored import Origin

    origin = Origin(actor="wirepact token revoke", request_id="")
    with opened(database_url) as ports:
        gone = tokens.revoke(ports, token_id, origin)
    click.echo(f"{gone.id} of '{gone.account}' is revoked.")
