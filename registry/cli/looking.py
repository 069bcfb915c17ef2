"""`check` and `breaking`, where there is something to look at."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import click

from registry.cli import environment, sides
from registry.cli import gating as gate
from registry.cli.asking import Asked
from registry.cli.exits import Exit, fail
from registry.cli.gating import Gating
from registry.cli.reporting import TextOf
from registry.gate import checking, readers, views
from registry.gate.checking import Run
from registry.gate.commits import Commit
from registry.gate.house import House
from registry.gate.manifests import ManifestError
from registry.gate.project import Project
from registry.gate.report import Report
from registry.gate.snapshots import Snapshot
from registry.gate.trees import Tree


def look(
    gating: Gating,
    project: Project,
    tree: Tree,
    commit: Commit | None,
    asked: Asked,
    begun: Callable[[str, int], None],
) -> tuple[Report, TextOf]:
    """Look at the contracts of a tree, and mend them where that was asked for.

    Args:
        commit: What is compared with, where it is one.
        begun: See `Run`.

    """
    now = sides.now(gating, project, tree)
    run = _run(gating, project, now, asked, begun)
    if gating.is_online:
        report = _online(gating, project, now, run)
    else:
        baseline = sides.before(gating, project, now, commit)
        report = checking.check(now, baseline, run)
        if asked.is_fixing:
            from registry.cli import mending  # Late: most runs mend nothing.

            report, now = mending.mend(project, now, baseline, run, report)
    report = readers.told(now, report)
    now.reading.cache.close()
    return report, gate.texts_of(now.tree)


def _run(
    gating: Gating,
    project: Project,
    now: Snapshot,
    asked: Asked,
    begun: Callable[[str, int], None],
) -> Run:
    house = House(now)
    settle = house.settling(
        project.folders,
        gate.today(),
        is_whole=asked.is_whole,
        is_from_all_sides=asked.is_check,
        environment=gating.environment,
    )
    every = (*views.ALL, *house.views()) if asked.is_check else (views.COMPATIBILITY,)
    return Run(every, settle or checking.as_found, gate.clock, asked.is_whole, begun)


def _online(gating: Gating, project: Project, now: Snapshot, run: Run) -> Report:
    # Late: a client of HTTP takes longer to import than an offline check takes.
    from registry.cli.planning import OWNER, Wishes
    from registry.cli.remote import Remote
    from registry.gate import online

    address = gating.address
    if not address.urls:
        raise click.UsageError("--against registry needs --url or WIREPACT_URL")
    remote = Remote(address.urls, address.token, address.user, address.ca_file)
    wishes = Wishes(environment.variables().get(OWNER))
    owners: Mapping[str, str | None] = dict.fromkeys(now.folders)
    # That a folder's settings cannot be read is told with its contracts.
    with suppress(ManifestError):
        owners = wishes.asked(project, now).owners
    try:
        with remote.client() as client:
            return online.check(client, now, run, owners)
    except online.AnswerError as error:
        fail(Exit.UNAVAILABLE, f"no registry of this make: {error}")
