"""`wirepact user`: who may show who they are."""

import sys
from typing import Final

import click

from registry.cli.accounts import day, opened
from registry.cli.db import database_url_option
from registry.cli.tables import show_json, show_table

_MOST_READ: Final = 4_096

_password_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the standard input."
)


@click.group()
def user() -> None:
    """Add, list and remove accounts; on the database itself.

    An account is a person's, or a service's that has tokens only. Servers learn of all
    changes within a second.
    """


@user.command()
@database_url_option
@click.option(
    "--service", is_flag=True, help="Without a password: for tokens or certificates."
)
@click.option(
    "--certificate",
    metavar="SUBJECT",
    help="The subject of client certificates that stand for it, as the proxy writes"
    " it: CN=orders,O=Example.",
)
@_password_from_stdin
@click.argument("name")
def add(
    database_url: str | None,
    name: str,
    certificate: str | None,
    *,
    service: bool,
    password_stdin: bool,
) -> None:
    """Add the account NAME, and ask for its password."""
    from registry import bootstrap
    from registry.application import accounts
    from registry.application.stored import Origin
    from registry.domain.accounts import Account

    if service and password_stdin:
        raise click.UsageError("--service has no password")
    origin = Origin(actor="wirepact user add", request_id="")
    with opened(database_url) as ports:
        password_hash = None
        if not service:
            password = _password(is_read=password_stdin)
            password_hash = accounts.hashed(bootstrap.passwords(), password)
        account = Account(name, ports.clock(), password_hash, certificate)
        accounts.add(ports, account, origin)
    click.echo(f"'{name}' is added.")


@user.command("list")
@database_url_option
@click.option("--json", "is_json", is_flag=True, help="As JSON.")
def list_(database_url: str | None, *, is_json: bool) -> None:
    """List the accounts."""
    from registry.application import accounts

    with opened(database_url) as ports:
        found = accounts.all_accounts(ports)
    if is_json:
        show_json(
            [
                {
                    "name": each.name,
                    "createdMs": each.created_ms,
                    "hasPassword": each.password_hash is not None,
                    "certificateSubject": each.certificate_subject,
                }
                for each in found
            ]
        )
        return
    show_table(
        ("ACCOUNT", "CREATED", "PASSWORD", "CERTIFICATE"),
        (
            (
                each.name,
                day(each.created_ms, ""),
                each.password_hash is not None,
                each.certificate_subject,
            )
            for each in found
        ),
    )


@user.command()
@database_url_option
@click.argument("name")
def remove(database_url: str | None, name: str) -> None:
    """Remove the account NAME and its tokens."""
    from registry.application import accounts
    from registry.application.stored import Origin

    origin = Origin(actor="wirepact user remove", request_id="")
    with opened(database_url) as ports:
        tokens = accounts.remove(ports, name, origin)
    click.echo(f"'{name}' is removed, and {tokens} tokens with it.")


@user.command()
@database_url_option
@click.option("--remove", is_flag=True, help="Take the password away instead.")
@_password_from_stdin
@click.argument("name")
def password(
    database_url: str | None, name: str, *, remove: bool, password_stdin: bool
) -> None:
    """Give the account NAME another password; its tokens stay."""
    from registry import bootstrap
    from registry.application import accounts
    from registry.application.stored import Origin

    if remove and password_stdin:
        raise click.UsageError("--remove asks for no password")
    origin = Origin(actor="wirepact user password", request_id="")
    with opened(database_url) as ports:
        password_hash = None
        if not remove:
            given = _password(is_read=password_stdin)
            password_hash = accounts.hashed(bootstrap.passwords(), given)
        accounts.change_password(ports, name, password_hash, origin)
    click.echo(f"The password of '{name}' is {'gone' if remove else 'changed'}.")


def _password(*, is_read: bool) -> str:
    """Ask for a password, or read it; never an argument, which others can see."""
    if is_read:
        return sys.stdin.read(_MOST_READ).removesuffix("\n").removesuffix("\r")
    found: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return found
