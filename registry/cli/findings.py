"""Why a schema is refused, and what would mend it, for people."""

from collections.abc import Iterable
from typing import Any

import click

from wirepact.errors import Finding


def show(findings: Iterable[Finding]) -> None:
    """Print findings: where, what, who breaks, why, and the fixes that were tried."""
    for finding in findings:
        said: Any = finding.details
        location = said.get("location")
        place = f"{location['line']}:{location['col']}: " if location else ""
        click.echo(f"{place}{finding.message} [{finding.rule}]")
        for broken in said.get("broken") or ():
            click.echo(f"  breaks: {broken['who']}: {broken['consequence']}")
        if finding.why:
            click.echo(f"  why: {finding.why}")
        for title in finding.fixes:
            click.echo(f"  fix: {title}")
