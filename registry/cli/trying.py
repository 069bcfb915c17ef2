"""`wirepact test`: the examples of contracts, through encode, decode and rules."""

from pathlib import Path

import click

from registry.cli import gating as gate
from registry.cli import reporting as reports
from registry.cli import sides, waiving
from registry.cli.gating import Gating
from registry.cli.reporting import Reporting
from registry.gate import checking
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.house import House
from registry.gate.views import EXAMPLES, RULES, SCHEMA


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@gate.environment_option
@reports.options
def test(*, paths: tuple[Path, ...], environment: str, reporting: Reporting) -> None:
    """Try the examples of all contracts in PATHS; `contracts` if none is given.

    Those in examples/valid have to be written and read with the contract's schema, and
    to meet its rules in CEL; those in examples/invalid have to be refused by one of the
    two.
    """
    gating = Gating(paths)
    with gate.told():
        project, now = sides.present(gating)
        settle = House(now).settling(
            project.folders, gate.today(), environment=environment
        )
        run = Run(
            (SCHEMA, RULES, EXAMPLES),
            settle or checking.as_found,
            gate.clock,
            is_whole=True,
        )
        report = checking.check(now, Baseline(""), run)
    text_of = reports.texts_in(project.root)
    raise SystemExit(reporting.deliver(report, text_of, waiving.again(project, gating)))
