"""`wirepact plan`: what it takes to make a registry hold folders of contracts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from registry.cli import plan_files, waiving
from registry.cli import planning as plans
from registry.cli.applying import elsewhere
from registry.cli.exits import Exit
from registry.cli.planning import Wishes
from registry.cli.remote import Remote, is_unknown, options
from registry.cli.tables import show_json, tell
from registry.gate.foreign import UNKNOWN
from registry.gate.registering import ACCEPTED
from wirepact.errors import RegistryResponseError


@click.command()
@options
@plans.options
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the plan into a file, for `wirepact apply`.",
)
@click.option(
    "--detailed-exit-code",
    "is_detailed",
    is_flag=True,
    help="End with 10 if there is something to do.",
)
@click.option(
    "--drift",
    "is_drift",
    is_flag=True,
    help="Say what in the registry is not as it is here, also where something newer was"
    " registered; end with 10 then.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(
    *,
    remote: Remote,
    wishes: Wishes,
    paths: tuple[Path, ...],
    output: Path | None,
    is_detailed: bool,
    is_drift: bool,
    as_json: bool,
) -> None:
    """Say what it takes to make a registry hold contracts.

    PATHS are folders with contracts; `contracts` if none is given. Each contract is
    judged under the level that it will have. Nothing is changed.
    """
    with plans.told():
        _, desired = plans.wanted(paths, wishes, remote)
    with remote.client() as client, plans.conflicts_told():
        try:
            answer = plans.ask(client, "plan", desired)
        except RegistryResponseError as error:
            if not is_unknown(error):
                raise
            with elsewhere():
                answer = _of_another_make(client, desired)
    drifted = plans.behind(answer)
    if output is not None:
        plan_files.write(output, desired, answer)
    if as_json:
        show_json({**answer, "drift": drifted} if is_drift else answer)
    else:
        how = waiving.in_plan(paths, output, remote.context)
        _show(desired, answer, how)
    plans.tell_unused(desired, answer)
    has_changes = bool(answer["actions"] or (is_drift and drifted))
    end = _end(answer)
    if end is Exit.OK and has_changes and (is_detailed or is_drift):
        end = Exit.CHANGES
    raise SystemExit(end)


def _of_another_make(client: Any, desired: Mapping[str, Any]) -> dict[str, Any]:
    # Late: only registries of other makes are asked like this.
    from registry.gate.foreign import ForeignRegistry

    foreign = ForeignRegistry(client, desired)
    actions = [*foreign.plan()]
    verdicts = {each["verdict"] for each in actions}
    return {
        "token": None,
        "accepted": verdicts <= {"compatible"},
        "actions": actions,
        "schemas": foreign.schemas,
        "bestEffort": True,
    }


def _end(answer: Mapping[str, Any]) -> Exit:
    verdicts = {each["verdict"] for each in answer["actions"]}
    if verdicts <= {*ACCEPTED, UNKNOWN} and UNKNOWN in verdicts:
        return Exit.UNKNOWN
    return plans.outcome(answer)


def _show(
    desired: Mapping[str, Any], answer: Mapping[str, Any], how: str | None
) -> None:
    actions = answer["actions"]
    plans.show_actions(plans.numbered(answer), how)
    plans.show_behind(answer)
    if answer.get("bestEffort"):
        click.echo("a registry of another make: best effort, step by step")
    if not actions:
        tell(plans.nothing_to_do(desired, answer))
        return
    refused = plans.refused(actions)
    told = f"; it would be refused, for {refused}" if refused else ""
    tell(f"{len(actions)} to do{told}")
