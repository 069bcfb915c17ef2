"""`wirepact test`: the examples of contracts, through encode, decode and rules."""

from pathlib import Path

import click

from registry.cli import gating as gate
from registry.cli import reporting as reports
from registry.cli import sides
from registry.cli.reporting import Reporting
from registry.gate import checking
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.project import Project
from registry.gate.snapshots import Snapshot
from registry.gate.views import EXAMPLES, RULES, SCHEMA


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@reports.options
def test(*, paths: tuple[Path, ...], reporting: Reporting) -> None:
    """Try the examples of all contracts in PATHS; `contracts` if none is given.

    Those in examples/valid have to be written and read with the contract's schema, and
    to meet its rules in CEL; those in examples/invalid have to be refused by one of the
    two.
    """
    with gate.told():
        project = Project.of(paths)
        parsing = sides.new_engine()
        now = Snapshot(project.working_tree(), project.folders, parsing)
        run = Run((SCHEMA, RULES, EXAMPLES), clock=gate.clock, is_whole=True)
        report = checking.check(now, Baseline(""), run)
    raise SystemExit(reporting.deliver(report, reports.texts_in(project.root)))
