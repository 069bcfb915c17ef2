"""What `wirepact waive` has to be told besides a fingerprint, to find it again."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import click
from click.core import ParameterSource

from registry.cli.gating import Gating
from registry.gate.project import DEFAULT_FOLDER, Project

Again = Callable[[PurePosixPath], str]
"""Gets a file in which something was found."""

_DEFAULT: Final = (Path(DEFAULT_FOLDER),)
_REGISTRY: Final = "registry"
_SCOPES: Final = ("--scope", "check", "--scope", "register")
"""What a registry refuses, the next check refuses as well."""


def again(project: Project, gating: Gating) -> Again:
    """Return the options by which something is found again, as text to be pasted."""
    compared = [*_compared(gating)]

    def options(file: PurePosixPath) -> str:
        return shlex.join([*compared, *_folders(project, gating.paths, file)])

    return options


def in_plan(paths: Sequence[Path], plan: Path | None, context: str) -> str | None:
    """Return the same for what a plan refuses; None where only a written one helps.

    A check that asks a registry looks into no context.

    Args:
        plan: The file that has it; None if it was written into none.
        context: That of the registry.

    """
    folders = [] if tuple(paths) in {(), _DEFAULT} else _options("--contracts", paths)
    if plan is not None:
        found = ["--from", str(plan)]
    elif context.strip(":."):
        return None
    else:
        found = [*_registry()]
    return shlex.join([*found, *folders, *_SCOPES])


def _compared(gating: Gating) -> Iterator[str]:
    if gating.is_online:
        yield from _registry()
    elif gating.against is not None:
        yield from ("--against", gating.against)
    if gating.is_staged:
        yield "--staged"


def _registry() -> Iterator[str]:
    yield from ("--against", _REGISTRY)
    context = click.get_current_context(silent=True)
    if context is None:
        return
    if context.get_parameter_source("urls") is ParameterSource.COMMANDLINE:
        # One with a password in it is better not shown: it has to be said again.
        urls = [each for each in context.params["urls"] if "@" not in each]
        yield from _options("--url", urls)


def _folders(
    project: Project, paths: Sequence[Path], file: PurePosixPath
) -> Iterator[str]:
    """Yield where the contracts are, the folder with the file first."""
    if tuple(paths) in {(), _DEFAULT}:
        return
    within = project.root / file
    order = sorted(paths, key=lambda each: not within.is_relative_to(each.resolve()))
    yield from _options("--contracts", order)


def _options(name: str, values: Sequence[object]) -> list[str]:
    return [word for each in values for word in (name, str(each))]
