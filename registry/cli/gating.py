"""What the commands that look at contracts in files have in common.

Nothing is imported here that understands a contract: a run that has been made before
must end before that would be done.
"""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

import click

from registry.cli import environment
from registry.cli.exits import Exit, fail
from registry.gate import cache, commits
from registry.gate.cache import FolderCache, NoCache
from registry.gate.commits import BaselineError, Commit, NoCommitsError
from registry.gate.project import Project
from registry.gate.trees import FolderTree, GitTree, Tree
from registry.gate.trouble import GateError
from wirepact.cli.environment import SecretOption

_REGISTRY: Final = "registry"
_FOLDER: Final = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a registry is, if one is asked at all."""

    urls: tuple[str, ...] = ()
    token: str | None = None
    user: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Gating:
    """What is looked at, and what with.

    Attributes:
        against: None for what is usual: the merge base.
        is_staged: Whether the next commit is looked at instead of the files.
        environment: The one that waivers are looked at for; empty for none.

    """

    paths: tuple[Path, ...]
    against: str | None = None
    is_staged: bool = False
    allows_missing: bool = False
    remembers: bool = False
    address: Address = Address()
    environment: str = ""

    @property
    def is_online(self) -> bool:
        return self.against == _REGISTRY

    def tree(self, project: Project) -> FolderTree | GitTree:
        """Return the files as they are to be looked at.

        Raises:
            ProjectError: There is no repository.
            GitError: Git refuses.

        """
        return project.staged_tree() if self.is_staged else project.working_tree()

    def base(self, project: Project) -> Commit | None:
        """Return the commit that is compared with; None if it is none.

        Raises:
            BaselineError: There is none where one was asked for.
            GitError: Git refuses.

        """
        if self.is_staged and self.against is None:
            return commits.head(project)
        against = self.against or commits.MERGE_BASE
        if not commits.is_one(against):
            return None
        return commits.find(against, project, environment.variables())

    def goes_without(self, error: BaselineError) -> bool:
        """Say whether all is new, rather than that what it was is not to be had.

        What a repository begins with follows nothing: its first commit is looked at by
        itself.
        """
        is_first = self.is_staged and self.against is None
        return self.allows_missing or (is_first and isinstance(error, NoCommitsError))

    def store(self) -> cache.Cache:
        """Return where results are kept."""
        folder = cache.folder(environment.variables()) if self.remembers else None
        return NoCache() if folder is None else FolderCache(folder)


def refuse_fixing_elsewhere(gating: Gating) -> None:
    """Refuse to fix what is not in the working tree.

    Raises:
        click.UsageError: Something else is looked at.

    """
    if gating.is_staged:
        raise click.UsageError("--fix changes files; it does not go with --staged")
    if gating.is_online:
        raise click.UsageError("--fix does not go with --against registry")


def address_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add where a registry is, if one is asked at all; the command gets `address`."""

    @functools.wraps(command)
    def with_address(
        urls: tuple[str, ...],
        token: str | None,
        user: str | None,
        ca_file: Path | None,
        **given: Any,
    ) -> Any:
        return command(address=Address(urls, token, user, ca_file), **given)

    found: Any = with_address
    for option in reversed(ADDRESS):
        found = option(found)
    made: Callable[..., Any] = found
    return made


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what is looked at and compared with; the command gets `gating`."""

    @functools.wraps(command)
    def with_gating(
        paths: tuple[Path, ...],
        against: str | None,
        staged: bool,  # noqa: FBT001 - click passes flags so
        allow_missing_baseline: bool,  # noqa: FBT001 - click passes flags so
        no_cache: bool,  # noqa: FBT001 - click passes flags so
        urls: tuple[str, ...],
        token: str | None,
        user: str | None,
        ca_file: Path | None,
        environment: str,
        **given: Any,
    ) -> Any:
        gating = Gating(
            paths,
            against,
            staged,
            allow_missing_baseline,
            not no_cache,
            Address(urls, token, user, ca_file),
            environment,
        )
        if gating.is_staged and gating.is_online:
            raise click.UsageError("--staged and --against registry are either or")
        return command(gating=gating, **given)

    found: Any = with_gating
    for option in reversed((*_OPTIONS, *ADDRESS)):
        found = option(found)
    made: Callable[..., Any] = found
    return made


@contextmanager
def told() -> Iterator[None]:
    """End the command with a sentence when what it needs is not there."""
    try:
        yield
    except GateError as error:
        fail(Exit.USAGE, str(error))


def clock() -> int:
    """Return milliseconds that only ever grow."""
    return time.monotonic_ns() // 1_000_000


def today() -> date:
    """Return the day by which waivers end: the one in Greenwich, on every machine."""
    return datetime.now(UTC).date()


def texts_of(tree: Tree) -> Callable[[PurePosixPath], str | None]:
    """Return the texts of files as they were looked at."""

    def text_of(file: PurePosixPath) -> str | None:
        name = str(file)
        # Examples are no files of a tree by their names, but of their folder.
        known = tree.read((name,)) or tree.inside(str(file.parent))
        content = known.get(name)
        return None if content is None else content.decode("utf-8", "replace")

    return text_of


environment_option: Final = click.option(
    "--environment",
    envvar="WIREPACT_ENVIRONMENT",
    default="",
    help="For which environment, if some waivers hold in certain ones alone."
    "  [WIREPACT_ENVIRONMENT]",
)
fixing: Final = click.option(
    "--fix",
    "is_fixing",
    is_flag=True,
    help="Make the fixes that were tried, in the files; then tell what is left.",
)
_OPTIONS: Final = (
    click.argument("paths", nargs=-1, type=_FOLDER),
    click.option(
        "--against",
        metavar="BASELINE",
        help="What to compare with: merge-base (if not given), git:REF, dir:PATH,"
        " lock, or registry.",
    ),
    click.option(
        "--staged", is_flag=True, help="Look at what is staged; against HEAD."
    ),
    click.option(
        "--allow-missing-baseline",
        is_flag=True,
        help="Go on if there is nothing to compare with; all contracts are new then.",
    ),
    click.option("--no-cache", is_flag=True, help="Neither use nor keep results."),
    environment_option,
)
ADDRESS: Final = (
    click.option(
        "--url",
        "urls",
        multiple=True,
        cls=SecretOption,
        envvar="WIREPACT_URL",
        help="The registry, where one is asked.  [WIREPACT_URL]",
    ),
    click.option(
        "--token",
        cls=SecretOption,
        envvar="WIREPACT_TOKEN",
        help="A bearer token; better by WIREPACT_TOKEN, or a file that"
        " WIREPACT_TOKEN_FILE names, as processes see arguments.",
    ),
    click.option(
        "--user",
        cls=SecretOption,
        envvar="WIREPACT_USER",
        help="name:password; better by WIREPACT_USER, or a file that WIREPACT_USER_FILE"
        " names.",
    ),
    click.option(
        "--ca-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="WIREPACT_CA_FILE",
        help="Certificates of the authorities to trust.  [WIREPACT_CA_FILE]",
    ),
)
