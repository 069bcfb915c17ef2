"""`wirepact diff`: what is different, for whom it matters, and what to call it."""

import json
from collections.abc import Iterator
from typing import Any

import click

from registry.cli import gating as gate
from registry.cli.exits import Exit, fail
from registry.cli.gating import Address, Gating
from registry.cli.sides import new_engine, present
from registry.cli.tables import show_json, tell
from registry.domain.levels import Level
from registry.gate import comparing, sides
from registry.gate.comparing import Comparison, Shown, SideError
from registry.gate.differences import ChangeClass, Row, next_version
from registry.gate.project import DEFAULT_FOLDER, Project, ProjectError
from registry.gate.sides import Found
from registry.gate.snapshots import Reading, Snapshot

_REGISTRY = "registry:"
_LONGEST = 60


@click.command()
@click.argument("old")
@click.argument("new", required=False)
@gate.address_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(*, old: str, new: str | None, address: Address, as_json: bool) -> None:
    """Show what is different between OLD and NEW.

    Each is a file, a folder of contracts, git:REF, git:REF:PATH, lock, or
    registry:SUBJECT@VERSION; NEW is `contracts` if it is not given.
    """
    later = new or DEFAULT_FOLDER
    with gate.told():
        project, now = _begin()
        try:
            before, after = (
                _side(each, project, now, address) for each in (old, later)
            )
            found = comparing.compare(*sides.paired(before, after), now)
        except SideError as error:
            fail(Exit.USAGE, str(error))
    if as_json:
        show_json([_json(each) for each in found])
        return
    lines = [line for each in found for line in _lines(each)]
    for line in lines or [f"no differences between {old} and {later}"]:
        tell(line)


def _begin() -> tuple[Project | None, Snapshot]:
    gating = Gating(())
    try:
        return present(gating)
    except ProjectError:
        # Two files may be compared anywhere.
        parsing = new_engine()
        tree = sides.NOTHING
        return None, Snapshot(tree, (), parsing, Reading(parsing))


def _side(
    stated: str, project: Project | None, now: Snapshot, address: Address
) -> Found:
    if not stated.startswith(_REGISTRY):
        return sides.find(stated, project, now)
    subject, _, number = stated.removeprefix(_REGISTRY).rpartition("@")
    if not subject or not (number.isdecimal() or number == "latest"):
        raise SideError(
            f"expected registry:SUBJECT@VERSION, a number or latest, found {stated}"
        )
    return sides.of_subject(subject, _of_registry(subject, number, address), now)


def _of_registry(subject: str, number: str, address: Address) -> Shown:
    # Late: most comparisons need no client.
    from registry.cli.remote import Remote
    from registry.gate import fetching
    from wirepact.errors import SubjectNotFoundError, VersionNotFoundError

    remote = Remote(address.urls, address.token, address.user, address.ca_file)
    if not address.urls:
        raise click.UsageError(f"{_REGISTRY} needs --url or WIREPACT_URL")
    where = " or ".join(address.urls)
    with remote.client() as client:
        try:
            return Shown(fetching.source(client, subject, number))
        except SubjectNotFoundError as error:
            raise SideError(
                f"registry:{subject}@{number}: {where} has no version of {subject}; all"
                " that it has: `wirepact subjects`"
            ) from error
        except VersionNotFoundError as error:
            known = ", ".join(map(str, client.list_versions(subject)))
            raise SideError(
                f"registry:{subject}@{number}: {where} has no version {number} of"
                f" {subject}; it has {known}"
            ) from error


def _lines(it: Comparison) -> Iterator[str]:
    name = it.contract or "the schema"
    if it.change is None:
        yield f"{name}: {it.kind}"
        return
    if it.kind == "same":
        return
    yield f"{name}: {_called(it)}"
    for row in it.rows:
        yield f"  {row.kind} {row.path}{_values(row)}"
        yield f"    {_verdict(row)}"


def _called(it: Comparison) -> str:
    assert it.change is not None  # noqa: S101 - looked at by the caller
    said = f"{it.change.name.lower()} change"
    after = next_version(it.before, it.change)
    return said if after is None else f"{said}, {it.before} -> {after}"


def _values(row: Row) -> str:
    sides = [_short(each) for each in (row.old, row.new) if each is not None]
    return f": {' -> '.join(sides)}" if sides else ""


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _verdict(row: Row) -> str:
    broken = [each.name for each in Level if not row.is_allowed(each)]
    if not broken:
        return "compatible at every level"
    rules = ", ".join(row.rules)
    return f"breaks {', '.join(broken)} ({rules})"


def _json(it: Comparison) -> dict[str, Any]:
    return {
        "contract": it.contract,
        "kind": it.kind,
        "change": None if it.change is None else it.change.name.lower(),
        "version": it.before or None,
        "suggestedVersion": next_version(it.before, it.change or ChangeClass.NONE),
        "rows": [_row(each) for each in it.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "path": row.path,
        "kind": row.kind,
        "old": row.old,
        "new": row.new,
        "rules": row.rules,
        "levels": {each.name: row.is_allowed(each) for each in Level},
    }
