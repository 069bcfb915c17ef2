"""`wirepact lint`: what should be written otherwise, and what policies demand."""

from pathlib import Path

import click

from registry.cli import gating as gate
from registry.cli import reporting as reports
from registry.cli import sides, waiving
from registry.cli.gating import Gating
from registry.cli.reporting import Reporting
from registry.gate import checking, views
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.house import House


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--staged", is_flag=True, help="Look at what is staged.")
@gate.environment_option
@reports.options
def lint(
    *,
    paths: tuple[Path, ...],
    staged: bool,
    environment: str,
    reporting: Reporting,
) -> None:
    """Look at all contracts by themselves: manifests, lint and policies.

    PATHS are folders with contracts; `contracts` if none is given. Rules in CEL are
    held to the schema that they are about. Nothing is compared with an earlier version:
    that is what `wirepact check` does beside this.
    """
    gating = Gating(paths, is_staged=staged)
    with gate.told():
        project, now = sides.present(gating)
        house = House(now)
        settle = house.settling(project.folders, gate.today(), environment=environment)
        run = Run(
            (views.MANIFEST, views.RULES, *house.views()),
            settle or checking.as_found,
            gate.clock,
            is_whole=True,
        )
        report = checking.check(now, Baseline(""), run)
    raise SystemExit(
        reporting.deliver(
            report, gate.texts_of(now.tree), waiving.again(project, gating)
        )
    )
