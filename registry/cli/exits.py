"""How commands end; part of the interface: CI can tell "no" from "don't know"."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NoReturn

import click

from registry.domain.harmless import harmless


class Exit(IntEnum):
    """Exit statuses of all commands; a number never changes its meaning."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    UNAVAILABLE = 3
    UNKNOWN = 4
    CONFLICT = 5
    CHANGES = 10
    INTERNAL = 70


MEANINGS: Final[Mapping[Exit, tuple[str, str]]] = {
    Exit.OK: (
        "done; of a check: nothing at or above `--fail-on`, or `--soft` was given",
        "go on",
    ),
    Exit.FINDINGS: (
        "refused: incompatible, invalid, not there, a difference; what was found is"
        " printed",
        "mend the contract, or waive the finding",
    ),
    Exit.USAGE: (
        "the command or a setting is wrong, a file that it needs cannot be used, or"
        " there is nothing to compare with",
        "mend the call; in CI, fetch the whole history",
    ),
    Exit.UNAVAILABLE: (
        "the registry or the database cannot be reached, lets this caller not do it, or"
        " does not offer it",
        "try again later; look at the credentials and what was granted to them",
    ),
    Exit.UNKNOWN: (
        "neither yes nor no: what the answer needs is not known",
        "supply what the message says is missing",
    ),
    Exit.CONFLICT: (
        "somebody was faster, or owns what was to be changed; nothing was changed",
        "make a new plan",
    ),
    Exit.CHANGES: (
        "there are changes to apply (only with `--detailed-exit-code` or `--drift`)",
        "look at the plan, then apply it",
    ),
    Exit.INTERNAL: (
        "a fault of the command itself; a traceback is printed",
        "report it; it says nothing of the contracts",
    ),
}
"""What each status means, and what to do about it."""


def fail(code: Exit, message: str) -> NoReturn:
    """End the command.

    Raises:
        SystemExit: Always.

    """
    click.echo(harmless(message), err=True)
    raise SystemExit(code)
