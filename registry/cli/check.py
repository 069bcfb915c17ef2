"""`wirepact check` and `wirepact breaking`: may this change be merged?"""

import click

from registry.cli import gating as gate
from registry.cli import reporting as reports
from registry.cli import waiving
from registry.cli.asking import Asked
from registry.cli.gating import Gating
from registry.cli.progress import progress
from registry.cli.reporting import Reporting, TextOf
from registry.gate import passed_runs
from registry.gate.commits import BaselineError, Commit
from registry.gate.project import Project
from registry.gate.report import Report
from registry.gate.trees import FolderTree, GitTree


@click.command()
@gate.options
@reports.options
@click.option(
    "--all", "is_whole", is_flag=True, help="Look at contracts that are as before too."
)
@gate.fixing
def check(
    *, gating: Gating, reporting: Reporting, is_whole: bool, is_fixing: bool
) -> None:
    """Check contracts before they are merged.

    PATHS are folders with contracts; `contracts` if none is given. What has changed
    since the baseline is looked at, with all that refers to it.
    """
    asked = Asked(is_check=True, is_whole=is_whole, is_fixing=is_fixing)
    _finish(gating, reporting, asked)


@click.command()
@gate.options
@reports.options
@click.option(
    "--all", "is_whole", is_flag=True, help="Look at contracts that are as before too."
)
@gate.fixing
def breaking(
    *, gating: Gating, reporting: Reporting, is_whole: bool, is_fixing: bool
) -> None:
    """Check nothing but whether a change breaks readers or writers.

    PATHS are folders with contracts; `contracts` if none is given.
    """
    asked = Asked(is_check=False, is_whole=is_whole, is_fixing=is_fixing)
    _finish(gating, reporting, asked)


def _finish(gating: Gating, reporting: Reporting, asked: Asked) -> None:
    if asked.is_fixing:
        gate.refuse_fixing_elsewhere(gating)
    with gate.told():
        project = Project.of(gating.paths)
        report, text_of = _told(gating, project, asked)
    raise SystemExit(reporting.deliver(report, text_of, waiving.again(project, gating)))


def _told(gating: Gating, project: Project, asked: Asked) -> tuple[Report, TextOf]:
    """Look at a project, or tell what an earlier look at the very same has told."""
    tree, commit, store = gating.tree(project), _commit(gating, project), gating.store()
    key = None
    if gating.remembers:
        key = _key(project, tree, commit, asked, gating.environment)
    if key is not None and (known := passed_runs.recall(store, key)) is not None:
        return known, gate.texts_of(tree)
    # Late: what looks takes longer to import than a run takes that need not look.
    from registry.cli import looking

    with progress("checking") as begun:
        report, text_of = looking.look(gating, project, tree, commit, asked, begun)
    if key is not None:
        passed_runs.remember(store, key, report)
    return report, text_of


def _commit(gating: Gating, project: Project) -> Commit | None:
    try:
        return gating.base(project)
    except BaselineError as error:
        if not gating.goes_without(error):
            raise
        return None


def _key(
    project: Project,
    tree: FolderTree | GitTree,
    commit: Commit | None,
    asked: Asked,
    environment: str,
) -> str | None:
    if commit is None or asked.is_fixing:
        return None
    today = gate.today().isoformat()
    told = (str(asked.is_check), str(asked.is_whole), environment, today)
    return passed_runs.key_of(told, project.folders, tree, commit)
