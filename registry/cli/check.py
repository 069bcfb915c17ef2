"""`wirepact check` and `wirepact breaking`: may this change be merged?"""

from dataclasses import dataclass, replace

import click

from registry.cli import gating as gate
from registry.cli import mending
from registry.cli import reporting as reports
from registry.cli.exits import Exit, fail
from registry.cli.gating import Gating
from registry.cli.progress import progress
from registry.cli.reporting import Reporting
from registry.gate import checking, views
from registry.gate.checking import Run, View
from registry.gate.project import Project, Snapshot
from registry.gate.report import Report


@click.command()
@gate.options
@reports.options
@click.option(
    "--all", "is_whole", is_flag=True, help="Look at contracts that are as before too."
)
@mending.option
def check(
    *, gating: Gating, reporting: Reporting, is_whole: bool, is_fixing: bool
) -> None:
    """Check contracts before they are merged.

    PATHS are folders with contracts; `contracts` if none is given. What has changed
    since the baseline is looked at, with all that refers to it.
    """
    asked = _Asked(views.ALL, is_whole, is_fixing)
    _finish(gating, reporting, asked)


@click.command()
@gate.options
@reports.options
@click.option(
    "--all", "is_whole", is_flag=True, help="Look at contracts that are as before too."
)
@mending.option
def breaking(
    *, gating: Gating, reporting: Reporting, is_whole: bool, is_fixing: bool
) -> None:
    """Check nothing but whether a change breaks readers or writers.

    PATHS are folders with contracts; `contracts` if none is given.
    """
    asked = _Asked((checking.COMPATIBILITY,), is_whole, is_fixing)
    _finish(gating, reporting, asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    views: tuple[View, ...]
    is_whole: bool
    is_fixing: bool

    @property
    def is_check(self) -> bool:
        """Whether contracts are looked at from every side."""
        return self.views is views.ALL


def _finish(gating: Gating, reporting: Reporting, asked: _Asked) -> None:
    if asked.is_fixing:
        mending.refuse_elsewhere(gating)
    with gate.told(), progress("checking") as begun:
        project, now = gating.present()
        run = replace(_run(project, now, asked), begun=begun)
        if gating.is_online:
            report = _asked(gating, now, run)
        else:
            baseline = gating.baseline(project, now)
            report = checking.check(now, baseline, run)
            if asked.is_fixing:
                report, now = mending.mend(project, now, baseline, run, report)
        now.reading.cache.close()
    raise SystemExit(reporting.deliver(report, gate.texts_of(now)))


def _run(project: Project, now: Snapshot, asked: _Asked) -> Run:
    if not asked.is_check and not _has_waivers(now):
        return Run(asked.views, clock=gate.clock, is_whole=asked.is_whole)
    # Late: lint and policies take longer to import than a look at what breaks takes.
    from registry.cli.lint import today
    from registry.gate.house_rules import HouseRules

    house = HouseRules(now, project.root)
    is_all = asked.is_whole and asked.is_check
    settle = house.settling(project.folders, today(), is_whole=is_all)
    every = (*asked.views, *house.views()) if asked.is_check else asked.views
    return Run(every, settle, gate.clock, asked.is_whole)


def _has_waivers(now: Snapshot) -> bool:
    return any(
        name.startswith(f"{root}/waivers/".removeprefix("/"))
        for name in now.tree.names
        for root in now.folders
    )


def _asked(gating: Gating, now: Snapshot, run: Run) -> Report:
    # Late: a client of HTTP takes longer to import than an offline check takes.
    from registry.cli.remote import Remote
    from registry.gate import online

    address = gating.address
    if not address.urls:
        raise click.UsageError("--against registry needs --url or WIREPACT_URL")
    remote = Remote(address.urls, address.token, address.user, address.ca_file)
    try:
        with remote.client() as client:
            return online.check(client, now, run)
    except online.AnswerError as error:
        fail(Exit.UNAVAILABLE, f"no registry of this make: {error}")
