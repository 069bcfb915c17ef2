"""`--fix`: what a command does with the fixes of what it has found."""

from collections.abc import Callable
from pathlib import PurePosixPath

import click

from registry.cli.exits import Exit, fail
from registry.gate import checking, fixing
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.fixing import ChangedMeanwhileError, Outcome, PatchedTree, Texts
from registry.gate.project import Project
from registry.gate.report import Report
from registry.gate.snapshots import Snapshot


def mend(
    project: Project, now: Snapshot, baseline: Baseline, run: Run, report: Report
) -> tuple[Report, Snapshot]:
    """Fix what can be fixed and return what is left to tell, with the new texts.

    Raises:
        SystemExit: A file was changed meanwhile, or cannot be written.

    """

    def patched(texts: Texts) -> Snapshot:
        tree = PatchedTree(now.tree, texts)
        return Snapshot(tree, project.folders, now.parsing, now.reading)

    def check(texts: Texts) -> Report:
        return checking.check(patched(texts), baseline, run)

    outcome = fixing.fix(report, _exact(now), check)
    try:
        fixing.write(project.root, outcome)
    except ChangedMeanwhileError as error:
        fail(Exit.CONFLICT, str(error))
    except OSError as error:
        fail(Exit.USAGE, f"{error.filename} was not written: {error.strerror}")
    _tell(outcome)
    return outcome.report, patched(outcome.after)


def _exact(now: Snapshot) -> Callable[[PurePosixPath], str | None]:
    """Return the texts of files; none for what would not be the same when written."""

    def text_of(file: PurePosixPath) -> str | None:
        content = now.tree.read((str(file),)).get(str(file))
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError:
            return None

    return text_of


def _tell(outcome: Outcome) -> None:
    for made in outcome.made:
        finding = made.located.finding
        click.echo(
            f"fixed {made.located.file}: {made.fix.title} ({finding.rule})", err=True
        )
    for left in outcome.left:
        finding = left.located.finding
        click.echo(
            f"not fixed {left.located.file}: {left.reason} ({finding.rule})", err=True
        )
