"""Contracts as they are and as they were: the two sides of what a command looks at."""

from registry.application.parsing import Parsing
from registry.cli import environment
from registry.cli.gating import Gating
from registry.domain.formats.protobuf.compiling import Compile
from registry.engine import engine
from registry.gate import baselines
from registry.gate.baselines import Baseline
from registry.gate.commits import MERGE_BASE, BaselineError, Commit
from registry.gate.project import Project
from registry.gate.snapshots import Reading, Snapshot
from registry.gate.trees import Tree


def present(gating: Gating) -> tuple[Project, Snapshot]:
    """Return the project, and its contracts as they are to be looked at.

    Raises:
        ProjectError: There is none.
        GitError: Git refuses.

    """
    project = Project.of(gating.paths)
    return project, now(gating, project, gating.tree(project))


def now(gating: Gating, project: Project, tree: Tree) -> Snapshot:
    """Return the contracts of a tree."""
    parsing = new_engine()
    reading = Reading(parsing, gating.store())
    return Snapshot(tree, project.folders, parsing, reading)


def before(
    gating: Gating, project: Project, now: Snapshot, commit: Commit | None = None
) -> Baseline:
    """Return what is compared with.

    Args:
        commit: That, where it is one and known already.

    Raises:
        BaselineError: There is nothing, and that was not allowed.
        GitError: Git refuses.

    """
    try:
        commit = commit or gating.base(project)
        if commit is not None:
            return baselines.of_commit(commit, project, now)
        stated = gating.against or MERGE_BASE
        return baselines.find(stated, project, now, environment.variables())
    except BaselineError as error:
        if not gating.goes_without(error):
            raise
        return Baseline(f"nothing: {error.reason}")


def new_engine() -> Parsing:
    """Return what understands schemas, with the limits of a server."""
    return engine(_compiler)


def _compiler() -> Compile:
    # Late: only Protobuf needs one, and it takes long to import.
    from registry.compiler.in_place import InPlaceCompiler

    return InPlaceCompiler()
