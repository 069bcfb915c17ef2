"""`wirepact access`: who may do what, and why."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from registry.application.ports import Ports
from registry.cli.accounts import opened
from registry.cli.db import database_url_option
from registry.cli.exits import Exit, fail
from registry.cli.tables import show_json, show_table, tell
from registry.domain.access import (
    ANY,
    Area,
    Grant,
    Grantee,
    GranteeKind,
    InvalidGrantError,
    Pattern,
    PatternKind,
    Permission,
    Reason,
    Role,
    explained,
    told,
)
from registry.domain.model import DEFAULT_CONTEXT, Subject
from registry.domain.principals import ANONYMOUS, CredentialKind, Principal

_EVERYWHERE: Final = ANY

_json_option = click.option("--json", "is_json", is_flag=True, help="As JSON.")


def _grant_arguments(command: Callable[..., None]) -> Callable[..., None]:
    """Add what names a grant: role, grantee and area."""
    for add in (
        click.argument("pattern"),
        click.argument("grantee"),
        click.argument("role", type=click.Choice([each.value for each in Role])),
        click.option("--group", "is_group", is_flag=True, help="GRANTEE is a group."),
        click.option(
            "--context",
            default=DEFAULT_CONTEXT,
            show_default=True,
            help="Of the subjects; * for all contexts.",
        ),
        click.option(
            "--as",
            "kind",
            type=click.Choice([each.value for each in PatternKind]),
            help="How PATTERN is meant, where its stars do not say it.",
        ),
        database_url_option,
    ):
        command = add(command)
    return command


@click.group()
def access() -> None:
    """Grant roles, take them back, and explain what follows; on the database itself.

    What nobody granted is denied. Servers learn of all changes within a second.
    """


@access.command()
@_grant_arguments
def grant(**given: Any) -> None:
    """Give GRANTEE the role ROLE for the subjects that PATTERN covers.

    PATTERN is the name of a subject; or the beginning of names, with a star at its
    end; or has stars elsewhere, each for any characters. It covers whole names, and
    those of encryption keys as well.
    """
    from registry.application import access as use_cases

    wanted = _grant(**given)
    with opened(given["database_url"]) as ports:
        new = use_cases.grant(ports, [wanted], _origin("grant"))
        is_nobody = _is_nobody(ports, wanted.grantee)
    click.echo(f"{wanted}{'' if new else ', as before'}.")
    if is_nobody:
        hint = "it holds once there is: wirepact user add"
        click.echo(f"warning: {_nobody(wanted.grantee)}; {hint}", err=True)


@access.command()
@_grant_arguments
def revoke(**given: Any) -> None:
    """Take back what was granted; exits with 1 if it was not."""
    from registry.application import access as use_cases

    unwanted = _grant(**given)
    with opened(given["database_url"]) as ports:
        gone = use_cases.revoke(ports, [unwanted], _origin("revoke"))
    if not gone:
        fail(Exit.FINDINGS, f"It was not granted that {unwanted}.")
    click.echo(f"No longer: {unwanted}.")


@access.command("list")
@database_url_option
@_json_option
@click.argument("grantee", required=False)
def list_(database_url: str | None, grantee: str | None, *, is_json: bool) -> None:
    """List what is granted, to GRANTEE or to all."""
    from registry.application import access as use_cases

    with opened(database_url) as ports:
        grants = use_cases.list_grants(ports)
    found = [each for each in grants if grantee in {None, each.grantee.name}]
    if is_json:
        show_json([*map(_facts, found)])
        return
    show_table(
        ("KIND", "GRANTEE", "ROLE", "CONTEXT", "PATTERN"),
        (
            (
                each.grantee.kind,
                each.grantee.name,
                each.role,
                each.area.context or _EVERYWHERE,
                each.area.pattern,
            )
            for each in found
        ),
    )


@access.command()
@database_url_option
@_json_option
@click.option(
    "--group",
    "groups",
    multiple=True,
    help="A group that USER belongs to, says the identity provider; repeatable.",
)
@click.argument("user")
@click.argument("subject")
@click.argument("action", type=click.Choice([each.value for each in Permission]))
def explain(
    database_url: str | None,
    groups: Sequence[str],
    user: str,
    subject: str,
    action: str,
    *,
    is_json: bool,
) -> None:
    """Say whether USER may do ACTION to SUBJECT, and which grant says so.

    SUBJECT is a subject, `:.context:subject`, `:.context:` for a whole context, or `*`
    for the whole registry. Exits with 1 if it is denied.
    """
    from registry.application import access as use_cases

    with opened(database_url) as ports:
        grants = use_cases.list_grants(ports)
        is_nobody = _is_nobody(ports, Grantee(GranteeKind.USER, user))
    principal = Principal(user, CredentialKind.TOKEN, frozenset(groups))
    place = None if subject == _EVERYWHERE else Subject.parse(subject)
    reason = explained(principal, grants, Permission(action), place)
    if is_json:
        show_json(
            {
                "user": user,
                "exists": not is_nobody,
                "groups": sorted(groups),
                "action": action,
                "subject": subject,
                "allowed": reason.is_allowed,
                "by": [*map(_facts, reason.by)],
                "near": [*map(_facts, reason.near)],
            }
        )
    else:
        _tell(user, reason)
        if is_nobody:
            click.echo(f"But {_nobody(Grantee(GranteeKind.USER, user))}.")
    if not reason.is_allowed:
        raise SystemExit(Exit.FINDINGS)


@access.command("import-karapace")
@database_url_option
@click.option("--dry-run", is_flag=True, help="Show what would be granted.")
@click.option(
    "--keep-prefixes",
    is_flag=True,
    help="Where an entry is open at its end, grant for all names that begin so.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_karapace(
    database_url: str | None, file: Path, *, dry_run: bool, keep_prefixes: bool
) -> None:
    """Grant what the entries of Karapace's authorisation FILE say.

    Karapace matches regular expressions that are open at their end: `Subject:orders`
    covers `orders-secret` there. Here it becomes the exact name, with a warning, unless
    prefixes are kept. What no pattern can say is left out, with a warning. Users get no
    password: add them with `wirepact user add`.
    """
    from registry.application import access as use_cases
    from registry.application.karapace import KarapaceFileError, translated

    try:
        document = json.loads(file.read_bytes())
        found = translated(document, keeps_prefixes=keep_prefixes)
    except (KarapaceFileError, ValueError, RecursionError) as error:
        raise click.UsageError(f"{file}: {error}") from error
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)
    new: Iterable[Grant] = found.grants
    if not dry_run:
        with opened(database_url) as ports:
            new = use_cases.grant(ports, found.grants, _origin("import-karapace"))
    for each in new:
        tell(f"{each}.")


def _origin(command: str) -> Any:
    from registry.application.stored import Origin

    return Origin(actor=f"wirepact access {command}", request_id="")


def _grant(
    role: str,
    grantee: str,
    pattern: str,
    context: str,
    kind: str | None,
    *,
    is_group: bool,
    database_url: str | None,
) -> Grant:
    del database_url
    meant = (
        Pattern.parse(pattern)
        if kind is None
        else Pattern(PatternKind(kind), pattern.removesuffix(_star_of(kind)))
    )
    try:
        area = Area(_context(context), meant.checked())
    except InvalidGrantError as error:
        raise click.UsageError(f"{error}.") from error
    to = GranteeKind.GROUP if is_group else GranteeKind.USER
    return Grant(Grantee(to, grantee), Role(role), area)


def _is_nobody(ports: Ports, grantee: Grantee) -> bool:
    """Say whether nobody can show that they are it, as things are.

    Groups are known to the identity provider alone, and so are those whom it names:
    no account has a colon in its name.
    """
    from registry.application import accounts

    name = grantee.name
    if grantee.kind is GranteeKind.GROUP or ":" in name or name == ANONYMOUS.name:
        return False
    return all(name != each.name for each in accounts.all_accounts(ports))


def _nobody(grantee: Grantee) -> str:
    return (
        f"there is no account '{grantee.name}', and those whom an identity provider"
        " names are called oidc:NAME"
    )


def _star_of(kind: str) -> str:
    return ANY if kind == PatternKind.PREFIX else ""


def _context(text: str) -> str | None:
    if text == _EVERYWHERE:
        return None
    bare = text.removeprefix(":").removesuffix(":")
    if ":" in bare or not bare:
        raise click.UsageError(f"'{text}' is no context: expected .name, or * for all")
    return bare if bare.startswith(".") else f".{bare}"


def _facts(given: Grant) -> dict[str, object]:
    area = given.area
    return {
        "kind": given.grantee.kind,
        "grantee": given.grantee.name,
        "role": given.role,
        "context": area.context or _EVERYWHERE,
        "pattern": str(area.pattern),
        "patternKind": area.pattern.kind,
    }


def _tell(user: str, reason: Reason) -> None:
    place = told(reason.place)
    if reason.is_allowed:
        click.echo(f"Allowed: '{user}' may {reason.permission} on {place}, since")
        for each in reason.by:
            tell(f"  {each}")
        return
    click.echo(f"Denied: '{user}' may not {reason.permission} on {place}.")
    if not reason.near:
        click.echo("No grant to them covers it.")
        return
    click.echo("It is covered by grants that do not give this permission:")
    for each in reason.near:
        tell(f"  {each}")
