"""What the commands that look at contracts in files have in common.

Nothing of HTTP is imported here: most runs are offline, and must start at once.
"""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import click

from registry.application.parsing import Parsing
from registry.cli import environment
from registry.cli.exits import Exit, fail
from registry.compiler.in_place import InPlaceCompiler
from registry.engine import engine
from registry.gate import baselines, cache
from registry.gate.baselines import MERGE_BASE, REGISTRY, Baseline, BaselineError
from registry.gate.cache import FolderCache, NoCache
from registry.gate.git import GitError
from registry.gate.lock import LockError
from registry.gate.manifests import ManifestError
from registry.gate.project import Project, ProjectError, Reading, Snapshot
from registry.settings import DEFAULTS

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

    """

    paths: tuple[Path, ...]
    against: str | None = None
    is_staged: bool = False
    allows_missing: bool = False
    remembers: bool = False
    address: Address = Address()

    @property
    def is_online(self) -> bool:
        return self.against == REGISTRY

    def present(self) -> tuple[Project, Snapshot]:
        """Return the project, and its contracts as they are to be looked at.

        Raises:
            ProjectError: There is none.
            GitError: Git refuses.

        """
        project = Project.of(self.paths)
        tree = project.staged_tree() if self.is_staged else project.working_tree()
        parsing = new_engine()
        reading = Reading(parsing, self._cache())
        return project, Snapshot(tree, project.folders, parsing, reading)

    def baseline(self, project: Project, now: Snapshot) -> Baseline:
        """Return what is compared with.

        Raises:
            BaselineError: There is nothing, and that was not allowed.
            GitError: Git refuses.

        """
        try:
            return self._baseline(project, now)
        except BaselineError as error:
            if not self.allows_missing:
                raise
            return Baseline(f"nothing: {error.reason}")

    def _baseline(self, project: Project, now: Snapshot) -> Baseline:
        if self.is_staged and self.against is None:
            return baselines.staged(project, now)
        return baselines.find(
            self.against or MERGE_BASE, project, now, environment.variables()
        )

    def _cache(self) -> cache.Cache:
        folder = cache.folder(environment.variables()) if self.remembers else None
        return NoCache() if folder is None else FolderCache(folder)


def new_engine() -> Parsing:
    """Return what understands schemas, with the limits of a server."""
    return engine(DEFAULTS, InPlaceCompiler())


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
        **given: Any,
    ) -> Any:
        gating = Gating(
            paths,
            against,
            staged,
            allow_missing_baseline,
            not no_cache,
            Address(urls, token, user, ca_file),
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
    except (BaselineError, ProjectError, GitError, LockError) as error:
        fail(Exit.USAGE, str(error))
    except ManifestError as error:
        fail(Exit.USAGE, str(error))


def clock() -> int:
    """Return milliseconds that only ever grow."""
    return time.monotonic_ns() // 1_000_000


def texts_of(snapshot: Snapshot) -> Callable[[PurePosixPath], str | None]:
    """Return the texts of files as they were looked at."""

    def text_of(file: PurePosixPath) -> str | None:
        content = snapshot.tree.read((str(file),)).get(str(file))
        return None if content is None else content.decode("utf-8", "replace")

    return text_of


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
)
ADDRESS: Final = (
    click.option(
        "--url",
        "urls",
        multiple=True,
        envvar="WIREPACT_URL",
        help="The registry, where one is asked.  [WIREPACT_URL]",
    ),
    click.option(
        "--token",
        envvar="WIREPACT_TOKEN",
        help="A bearer token; better by WIREPACT_TOKEN, as processes see arguments.",
    ),
    click.option(
        "--user",
        envvar="WIREPACT_USER",
        help="name:password; better by WIREPACT_USER.",
    ),
    click.option(
        "--ca-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="WIREPACT_CA_FILE",
        help="Certificates of the authorities to trust.  [WIREPACT_CA_FILE]",
    ),
)
