"""`wirepact apply` and `wirepact push`: contracts into a registry, all or nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from registry.cli import plan_files, waiving
from registry.cli import planning as plans
from registry.cli.exits import Exit, fail
from registry.cli.planning import Wishes
from registry.cli.remote import Remote, is_unknown, options
from registry.cli.tables import show_json
from registry.gate.contracts import Contract
from registry.gate.foreign import ForeignPlanError, ForeignRegistry, read, written
from registry.gate.project import Project
from registry.gate.registering import ACCEPTED
from wirepact import RegistryClient
from wirepact.errors import (
    RegistryResponseError,
    RegistryUnavailableError,
    WirepactError,
)

_REFUSED_PLAN = 40952
_NOT_KNOWN = (
    "if the registry got all of it, it is done as a whole, else nothing of it; to run"
    " this again does nothing twice"
)

_STEP_LOG = click.option(
    "--step-log",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Remember in a file what is done, for registries of other makes: a run that"
    " broke off goes on from there.",
)
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@dataclass(frozen=True, slots=True)
class _Asking:
    """How a command is asked to do it.

    Attributes:
        how: The options by which `wirepact waive` finds what is refused; None where
            only a written plan helps.

    """

    is_dry: bool
    as_json: bool
    how: str | None


@click.command()
@options
@plans.options
@click.argument("what", nargs=-1, type=click.Path(path_type=Path))
@_STEP_LOG
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@_AS_JSON
def apply(
    *,
    remote: Remote,
    wishes: Wishes,
    what: tuple[Path, ...],
    step_log: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a registry hold contracts: levels and schemas at once.

    WHAT is what `wirepact plan -o` has written, or folders with contracts; `contracts`
    if nothing is given. All of it is done, or nothing. Of a written plan nothing else
    is done than what it says: if the registry has changed since, it is refused.
    """
    with plans.told():
        if len(what) == 1 and not what[0].exists():
            told = "neither a folder with contracts nor a written plan"
            fail(Exit.USAGE, f"there is no {what[0]}: {told}")
        if len(what) == 1 and what[0].is_file():
            desired = _planned(what[0], wishes)
            how = waiving.in_plan((), what[0], remote.context)
        else:
            _, desired = plans.wanted(what, wishes, remote)
            how = waiving.in_plan(what, None, remote.context)
    _finish(remote, desired, step_log, _Asking(dry_run, as_json, how))


@click.command()
@options
@plans.options
@click.argument("contract")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_STEP_LOG
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@_AS_JSON
def push(
    *,
    remote: Remote,
    wishes: Wishes,
    contract: str,
    paths: tuple[Path, ...],
    step_log: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a registry hold one contract; nothing else is touched.

    CONTRACT is its id, its subject, its folder or its manifest; PATHS the folders with
    all contracts, `contracts` if none is given.
    """
    if wishes.prunes:
        raise click.UsageError("one contract is pushed: nothing is pruned")

    def choose(project: Project, found: list[Contract]) -> list[Contract]:
        chosen = [each for each in found if _is_meant(each, contract, project.root)]
        if len(chosen) != 1:
            known = ", ".join(each.manifest.id for each in chosen or found)
            told = "several contracts are" if chosen else "no contract is"
            fail(Exit.USAGE, f"{told} called '{contract}': {known or 'there are none'}")
        return chosen

    with plans.told():
        _, desired = plans.wanted(paths, wishes, remote, choose)
    how = waiving.in_plan(paths, None, remote.context)
    _finish(remote, desired, step_log, _Asking(dry_run, as_json, how))


@contextmanager
def elsewhere() -> Iterator[None]:
    """End the command with a sentence when another make cannot do what is asked."""
    try:
        yield
    except ForeignPlanError as error:
        fail(Exit.FINDINGS, str(error))


def _is_meant(contract: Contract, name: str, root: Path) -> bool:
    if name in {contract.manifest.id, str(contract.subject)}:
        return True
    file = (root / contract.manifest.file).resolve()
    return Path(name).resolve() in {file, file.parent}


def _planned(file: Path, wishes: Wishes) -> dict[str, Any]:
    """Return what a written plan wants, with its token."""
    desired, token = plan_files.read(file)
    if desired.get("prune") and not wishes.prunes:
        fail(Exit.USAGE, "the plan deletes subjects; say --prune here as well")
    if wishes.owner or wishes.takes_over:
        raise click.UsageError("a written plan says who owns it; make a new one")
    return desired if token is None else {**desired, "token": token}


def _finish(
    remote: Remote,
    desired: dict[str, Any],
    step_log: Path | None,
    asking: _Asking,
) -> None:
    with remote.client() as client, plans.conflicts_told():
        try:
            answer = _done(client, desired, step_log, dry_run=asking.is_dry)
        except RegistryResponseError as error:
            if error.code == _REFUSED_PLAN:
                _explain(client, desired, error, asking)
            raise
    if asking.as_json:
        show_json(answer)
    else:
        plans.show_actions(plans.numbered(answer), asking.how)
        plans.show_behind(answer)
        done = "would be done" if asking.is_dry else "done"
        count = len(answer["actions"])
        click.echo(f"{count} {done}" if count else plans.nothing_to_do(desired, answer))
    plans.tell_unused(desired, answer)
    if not asking.is_dry:
        plans.tell_used(answer)
    raise SystemExit(plans.outcome(answer) if asking.is_dry else Exit.OK)


def _done(
    client: RegistryClient,
    desired: dict[str, Any],
    step_log: Path | None,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    try:
        if dry_run:
            return plans.ask(client, "plan", _without_token(desired))
        return plans.ask(client, "apply", desired)
    except RegistryUnavailableError:
        if not dry_run:
            # Said before the error, which does not know what it interrupts.
            click.echo(_NOT_KNOWN, err=True)
        raise
    except RegistryResponseError as error:
        if not is_unknown(error):
            raise
    with elsewhere():
        return _step_by_step(client, desired, step_log, dry_run=dry_run)


def _without_token(desired: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in desired.items() if key != "token"}


def _explain(
    client: RegistryClient,
    desired: Mapping[str, Any],
    error: RegistryResponseError,
    asking: _Asking,
) -> NoReturn:
    """Tell why nothing was done, as the plan has it, and end with 1."""
    answer = plans.ask(client, "plan", _without_token(desired))
    if asking.as_json:
        show_json(answer)
    else:
        actions = plans.numbered(answer)
        refused = (e for e in actions if e["verdict"] not in ACCEPTED)
        plans.show_actions(refused, asking.how)
    fail(Exit.FINDINGS, error.message)


def _step_by_step(
    client: RegistryClient,
    desired: Mapping[str, Any],
    step_log: Path | None,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """Do what can be done in a registry of another make, and remember each step."""
    text = step_log.read_text("utf-8") if step_log and step_log.exists() else ""
    foreign = ForeignRegistry(client, desired, read(text))
    for each in foreign.left_out:
        click.echo(f"a registry of another make: it does not keep {each}", err=True)
    if dry_run:
        actions = [*foreign.plan()]
        return {"actions": actions, "schemas": foreign.schemas, "bestEffort": True}
    actions = []
    try:
        for action, done in foreign.apply():
            actions.append(action)
            if step_log is not None and done is not None:
                with step_log.open("a", encoding="utf-8") as stream:
                    stream.write(written(done))
    except (WirepactError, ForeignPlanError):
        # Said before the error: a person has to know how far it came.
        plans.show_actions(actions)
        told = "it broke off here; run it again to go on"
        click.echo(f"{len(actions)} done; {told}", err=True)
        raise
    return {"actions": actions, "schemas": [], "bestEffort": True}
