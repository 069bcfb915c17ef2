"""What the commands have in common that make a registry hold contracts."""

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from registry.cli import gating as gate
from registry.cli import sides
from registry.cli.exits import Exit, fail
from registry.cli.findings import show
from registry.cli.gating import Gating
from registry.cli.remote import Remote
from registry.cli.tables import tell
from registry.domain.errors import OperationNotPermittedError
from registry.domain.levels import Level, Reach
from registry.gate import planning, registering, waiver_files, waivers
from registry.gate.contracts import Contract
from registry.gate.foreign import UNKNOWN
from registry.gate.git import GitError
from registry.gate.manifests import ManifestError
from registry.gate.planning import Asked
from registry.gate.project import Project, ProjectError
from registry.gate.registering import ACCEPTED, WAIVED, Accepted
from registry.gate.report import Located
from registry.gate.snapshots import Snapshot
from registry.gate.writers.escaping import line
from wirepact import RegistryClient
from wirepact.errors import Finding, RegistryResponseError

OWNER: Final = "WIREPACT_OWNER"
_CONFLICTS: Final = frozenset({40950, 40951})
_OWNED: Final = "owned"
_INCOMPATIBLE: Final = "incompatible"
_NOT_REFUSED: Final = ACCEPTED | {UNKNOWN}
_NAMED: Final = 3
"""Of what is wrong, so many are named; a thousand would hide the rest."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How folders of contracts are to be applied.

    Attributes:
        owner: Who manages the subjects; None for what each folder or the repository
            says.
        environment: The one that the registry is of; empty for none.

    """

    owner: str | None = None
    takes_over: bool = False
    prunes: bool = False
    environment: str = ""

    def asked(self, project: Project, now: Snapshot) -> Asked:
        """Return what a plan is asked for, as the folders allow it.

        Raises:
            ManifestError: A folder's settings are not what they must be.
            ProjectError: Pruning is asked for, and not allowed.

        """
        owners = {root: self._owner(project, now, root) for root in now.folders}
        if self.prunes:
            _hold_prunable(now, owners)
        return Asked(owners, self.takes_over, self.prunes)

    def _owner(self, project: Project, now: Snapshot, root: str) -> str | None:
        said = now.settings(root)
        return self.owner or said.owner or planning.owner_of(project.repository, root)


def _hold_prunable(now: Snapshot, owners: Mapping[str, str | None]) -> None:
    for root, owner in owners.items():
        settings = now.defaults_of(root)
        if not now.settings(root).prunes:
            raise ProjectError(
                "deletes have to be asked for twice: say `prune: true` in"
                f" {settings} as well"
            )
        if owner is None:
            raise ProjectError(
                "only what an owner managed is deleted: name it by --owner, or as"
                f" managedBy in {settings}"
            )


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add how contracts are to be applied; the command gets `wishes`."""

    @click.option(
        "--owner",
        envvar=OWNER,
        help="Who manages the subjects, if neither registry.yaml nor the repository"
        " is to say it.  [WIREPACT_OWNER]",
    )
    @click.option("--take-over", is_flag=True, help="Take subjects from another owner.")
    @click.option(
        "--prune",
        is_flag=True,
        help="Delete subjects whose contracts are gone; registry.yaml has to allow it.",
    )
    @gate.environment_option
    @functools.wraps(command)
    def with_wishes(
        owner: str | None,
        take_over: bool,  # noqa: FBT001 - click passes flags so
        prune: bool,  # noqa: FBT001 - click passes flags so
        environment: str,
        **given: Any,
    ) -> Any:
        wishes = Wishes(owner, take_over, prune, environment)
        return command(wishes=wishes, **given)

    return with_wishes


@contextmanager
def told() -> Iterator[None]:
    """End the command with a sentence when contracts cannot be read, or are refused."""
    try:
        yield
    except (ProjectError, GitError) as error:
        fail(Exit.USAGE, str(error))
    except ManifestError as error:
        fail(Exit.FINDINGS, str(error))


def opened(paths: tuple[Path, ...]) -> tuple[Project, Snapshot]:
    """Return folders of contracts, as they are.

    Raises:
        ProjectError: There are none.
        GitError: Git refuses.

    """
    return sides.present(Gating(paths))


def wanted(
    paths: tuple[Path, ...],
    wishes: Wishes,
    remote: Remote,
    choose: Callable[[Project, list[Contract]], list[Contract]] | None = None,
) -> tuple[Snapshot, dict[str, Any]]:
    """Return the contracts of folders, and what is wanted of a registry.

    Args:
        choose: Which of the contracts; all of them if there is no choice.

    Raises:
        ProjectError: A folder is not there, or does not allow what is asked.
        GitError: Git refuses.
        ManifestError: A contract cannot be read.

    """
    project, now = opened(paths)
    found = planning.contracts(now)
    if choose is not None:
        found = choose(project, found)
    asked = replace(
        wishes.asked(project, now), accepted=_accepted(now, found, wishes.environment)
    )
    return now, planning.desired(now, found, asked, remote.qualified)


def _accepted(
    now: Snapshot, contracts: Iterable[Contract], environment: str
) -> Accepted:
    """Return which findings a registry is asked to accept; why not others, is told."""
    subjects = [str(each.subject) for each in contracts]
    found = waiver_files.read(now, now.folders)
    accepted = Accepted.of(found, subjects, gate.today(), environment)
    for each in accepted.withheld:
        _tell(each)
    return accepted


def _tell(located: Located) -> None:
    finding = located.finding
    told = f"{located.file}: {finding.rule}: {finding.message}"
    click.echo(line(told), err=True)


def tell_unused(desired: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Say which waivers accept nothing that a registry would refuse."""
    if answer.get("bestEffort"):
        return  # A registry of another make knows of none.
    for file, level in registering.unused(desired, answer):
        told = f"{waivers.UNUSED.id}: the registry refuses nothing that it accepts"
        if level is None:
            told += "; unless its level looks back at all versions, delete it"
        elif Level[level].reach is Reach.ALL:
            told = f"not needed now; {_again(level)}"
        else:
            told += "; delete it"
        click.echo(line(f"{file}: {told}"), err=True)


def tell_used(answer: Mapping[str, Any]) -> None:
    """Say which waivers were used, and whether anything is left that they accept."""
    for file, level in registering.used(answer):
        told = "used up; delete it"
        if Level[level].reach is Reach.ALL:
            told = f"used; {_again(level)}"
        click.echo(line(f"{file}: {told}"), err=True)


def _again(level: str) -> str:
    return f"under {level} the next version may need it again"


@contextmanager
def conflicts_told() -> Iterator[None]:
    """End the command with 5 when somebody was faster, or owns a subject."""
    try:
        yield
    except RegistryResponseError as error:
        if error.code in _CONFLICTS:
            fail(Exit.CONFLICT, error.message)
        raise


def ask(client: RegistryClient, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for a plan, or for its application; a second time nothing else happens.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.

    """
    answer = client.request("POST", f"/governance/v1/{what}", body=body)
    if not isinstance(answer, dict) or not isinstance(answer.get("actions"), list):
        fail(Exit.UNAVAILABLE, "the registry answers something else than a plan")
    return answer


def outcome(answer: Mapping[str, Any]) -> Exit:
    """Return how a command ends whose plan would not be done."""
    verdicts = {each["verdict"] for each in answer["actions"]}
    if _OWNED in verdicts:
        return Exit.CONFLICT
    return Exit.OK if verdicts <= ACCEPTED else Exit.FINDINGS


def behind(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the subjects whose text here is another version than their latest.

    Somebody registered something newer, or the text was taken back here: what has been
    registered once makes no new version.
    """
    return [
        {key: each[key] for key in ("subject", "version", "latest")}
        for each in answer["schemas"]
        if each["latest"] != each["version"]
    ]


def show_behind(answer: Mapping[str, Any]) -> None:
    """Print which texts are another version than the latest, and what that means."""
    found = behind(answer)
    for each in found:
        tell(
            f"! {each['subject']}: version {each['version']} is as it is here, but"
            f" {each['latest']} is the latest"
        )
    if found:
        click.echo(
            "to register such a text again makes no new version: the latest stays it;"
            " `wirepact pull --latest` takes the latest"
        )


def nothing_to_do(desired: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Return what is said of a plan without actions."""
    if not desired["contracts"]:
        return "nothing to do: there is no contract here"
    if behind(answer):
        return "nothing to do"
    return "nothing to do: the registry is as it is here"


def refused(actions: Iterable[Mapping[str, Any]]) -> str:
    """Return the subjects of what would not be accepted, the first of them by name."""
    found = [e["subject"] for e in actions if e["verdict"] not in _NOT_REFUSED]
    names = [*dict.fromkeys(found)]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def numbered(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the actions, registrations with their ids, as far as these are known."""
    ids = {
        each["subject"]: each.get("id") or each.get("predictedId")
        for each in answer["schemas"]
    }
    for each in answer["actions"]:
        is_version = each["action"] == "register"
        yield {**each, "id": ids.get(each["subject"]) if is_version else None}


def show_actions(
    actions: Iterable[Mapping[str, Any]], waiving: str | None = None
) -> None:
    """Print what is done, or would be, one action a line, with what was found.

    Args:
        waiving: The options by which `wirepact waive` finds what is refused; None
            where that is not known.

    """
    for each in actions:
        tell(_line(each))
        _show_faults(each, waiving)


def _show_faults(action: Mapping[str, Any], waiving: str | None) -> None:
    error = action.get("error")
    if error:
        place = error.get("location")
        at = f" (line {place['line']}, column {place['col']})" if place else ""
        # A contract may be fine where its subject is not to be written to.
        is_closed = error.get("error_code") == OperationNotPermittedError.code
        verdict = "refused" if is_closed else action["verdict"]
        tell(f"    {verdict}: {error['message']}{at}")
    elif action["verdict"] != "compatible" and action.get("level"):
        verdict = _INCOMPATIBLE if action["verdict"] == WAIVED else action["verdict"]
        tell(f"    {verdict} under {action['level']}")
    for each in action.get("waivers") or ():
        tell(f"    {_waived(each)}")
    findings = [Finding.of(each) for each in action.get("findings") or ()]
    show(findings, waiving if action["verdict"] == _INCOMPATIBLE else None)
    if not findings:
        for message in action.get("messages") or ():
            tell(f"    {action['verdict']}: {message}")


def _waived(waiver: Mapping[str, Any]) -> str:
    names = line(", ".join(waiver["approvedBy"]))
    told = f"waived until {waiver['expires']} by {names}: {line(waiver['reason'])}"
    return f"{told} ({line(waiver['file'])})"


def _line(action: Mapping[str, Any]) -> str:
    tell = _LINES.get(action["action"], _LINES["none"])
    mark = " " if action["verdict"] in ACCEPTED else "!"
    return f"{mark} {tell(action)}"


def _registers(action: Mapping[str, Any]) -> str:
    used = [
        f"{each['subject']} version {each['version']}"
        for each in action.get("references") or ()
    ]
    refers = f", refers to {', '.join(used)}" if used else ""
    level = f" ({action['level']})" if action.get("level") else ""
    version = action.get("version") or "to be given"
    numbered_as = f", id {action['id']}" if action.get("id") else ""
    return f"+ {action['subject']} version {version}{level}{refers}{numbered_as}"


def _configures(action: Mapping[str, Any]) -> str:
    before, after = action.get("before") or {}, action.get("after") or {}
    names = sorted(
        key for key in {*before, *after} if before.get(key) != after.get(key)
    )
    changes = ", ".join(
        f"{name}: {_shown(before.get(name))} -> {_shown(after.get(name))}"
        for name in names
    )
    return f"~ {action['subject']} {changes}"


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _deletes(action: Mapping[str, Any]) -> str:
    versions = ", ".join(map(str, action["versions"]))
    return f"- {action['subject']} versions {versions}"


_LINES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "register": _registers,
    "configure": _configures,
    "set-policies": lambda said: (
        f"~ {said['subject']} policies: {_shown(said.get('before'))}"
        f" -> {_shown(said.get('after'))}"
    ),
    "own": lambda said: (
        f"~ {said['subject']} managed by: {_shown(said.get('before'))}"
        f" -> {_shown(said.get('after'))}"
    ),
    "delete": _deletes,
    "none": lambda said: f"? {said['subject']}",
}
