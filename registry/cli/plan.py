"""`wirepact plan`: what it takes to make a registry hold folders of contracts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from registry.cli import planning as plans
from registry.cli.applying import elsewhere
from registry.cli.exits import Exit, fail
from registry.cli.files import replaced
from registry.cli.planning import Wishes
from registry.cli.remote import Remote, is_unknown, options
from registry.cli.tables import show_json, tell
from registry.gate.foreign import UNKNOWN
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
    drifted = _drifted(answer) if is_drift else []
    if output is not None:
        _write(output, {"form": 1, "desired": desired, "plan": answer})
    if as_json:
        show_json({**answer, "drift": drifted} if is_drift else answer)
    else:
        _show(answer, drifted)
    has_changes = bool(answer["actions"] or drifted)
    end = _end(answer)
    if end is Exit.OK and has_changes and (is_detailed or is_drift):
        end = Exit.CHANGES
    raise SystemExit(end)


def _of_another_make(client: Any, desired: Mapping[str, Any]) -> dict[str, Any]:
    # Late: only registries of other makes are asked like this.
    from registry.gate.foreign import ForeignRegistry

    foreign = ForeignRegistry(client, desired, plans.digest)
    actions = [*foreign.plan()]
    verdicts = {each["verdict"] for each in actions}
    return {
        "token": None,
        "accepted": verdicts <= {"compatible"},
        "actions": actions,
        "schemas": [],
        "bestEffort": True,
    }


def _end(answer: Mapping[str, Any]) -> Exit:
    verdicts = {each["verdict"] for each in answer["actions"]}
    if verdicts <= {"compatible", UNKNOWN} and UNKNOWN in verdicts:
        return Exit.UNKNOWN
    return plans.outcome(answer)


def _drifted(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return subjects to which something was registered after what is here."""
    return [
        {key: each[key] for key in ("subject", "version", "latest")}
        for each in answer["schemas"]
        if each["latest"] != each["version"]
    ]


def _show(answer: Mapping[str, Any], drifted: list[dict[str, Any]]) -> None:
    actions = answer["actions"]
    plans.show_actions(actions)
    for each in drifted:
        tell(
            f"! {each['subject']}: version {each['version']} is as it is here, but"
            f" {each['latest']} is the latest"
        )
    if answer.get("bestEffort"):
        click.echo("a registry of another make: best effort, step by step")
    if not actions and not drifted:
        click.echo("nothing to do: the registry is as it is here")
    elif actions:
        refused = {e["subject"] for e in actions if e["verdict"] != "compatible"}
        told = f", {len(refused)} subjects would not be accepted" if refused else ""
        click.echo(f"{len(actions)} to do{told}")


def _write(file: Path, content: Mapping[str, Any]) -> None:
    try:
        with replaced(file) as stream:
            text = json.dumps(content, indent=2, ensure_ascii=False)
            stream.write(f"{text}\n".encode(errors="replace"))
    except OSError as error:
        fail(Exit.USAGE, f"{file} was not written: {error.strerror}")
