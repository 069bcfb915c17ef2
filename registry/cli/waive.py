"""`wirepact waive`: accept a finding for some time, as a file that is reviewed."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import click

from registry.cli.exits import Exit, fail
from registry.cli.lint import today
from registry.domain.json_text import quoted
from registry.gate import waivers

_MOST_BYTES: Final = 64 * 1024 * 1024
_DIGITS: Final = re.compile(r"[0-9a-f]{8,64}")
_WHOLE: Final = 64
_IN_NAME: Final = 12


@click.command()
@click.argument("fingerprint")
@click.option("--reason", required=True, help="Why this once it may be.")
@click.option(
    "--approved-by",
    "approvers",
    multiple=True,
    required=True,
    help="Who has agreed; several times for several.",
)
@click.option("--requested-by", default="", help="Who asked for it; no approver.")
@click.option(
    "--expires",
    help="The last day, such as 2027-01-31; in two weeks if not given, and in 180 days"
    " at most.",
)
@click.option("--ticket", default="", help="Where it was discussed.")
@click.option(
    "--scope",
    type=click.Choice(["check", "register", "deploy"]),
    default="check",
    help="What it is accepted for; check if not given.",
)
@click.option(
    "--from",
    "report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A report in JSON with the finding: its rule and subject are taken over, and"
    " the first digits of the fingerprint are enough.",
)
@click.option(
    "--contracts",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("contracts"),
    help="The folder of contracts; contracts if not given.",
)
def waive(
    *,
    fingerprint: str,
    reason: str,
    approvers: tuple[str, ...],
    requested_by: str,
    expires: str | None,
    ticket: str,
    scope: str,
    report: Path | None,
    folder: Path,
) -> None:
    """Accept the finding of FINGERPRINT until a day.

    Writes a file into the folder's `waivers`. Nothing is accepted before that file is
    where the check looks: have it reviewed with the change that it is for.
    """
    last = _last_day(expires, today())
    found = _finding(fingerprint.lower(), report)
    said = {
        "fingerprint": found["fingerprint"],
        "rule": found.get("rule") or "",
        "subject": found.get("subject") or "",
        "reason": _said("--reason", reason),
        "ticket": ticket,
        "requested_by": requested_by,
        "approved_by": [_said("--approved-by", each) for each in approvers],
        "expires": last.isoformat(),
        "scope": scope,
    }
    if requested_by in approvers:
        raise click.UsageError(f"{requested_by} asked for it, and cannot approve it")
    name = "-".join(filter(None, (_slug(said["rule"]), said["fingerprint"][:_IN_NAME])))
    file = folder / waivers.FOLDER / f"{name}.yaml"
    _write(file, _yaml(said))
    click.echo(f"{file.as_posix()}: accepted until {last}")


def _said(option: str, text: str) -> str:
    if not text.strip():
        raise click.UsageError(f"{option}: expected a text")
    return text


def _last_day(expires: str | None, now: date) -> date:
    try:
        last = now + waivers.USUAL if expires is None else date.fromisoformat(expires)
    except ValueError as error:
        reason = f"--expires {expires}: expected a day such as 2027-01-31"
        raise click.UsageError(reason) from error
    if not timedelta(0) <= last - now <= waivers.LONGEST:
        limit = now + waivers.LONGEST
        raise click.UsageError(
            f"--expires {last}: expected a day from {now} to {limit}"
        )
    return last


def _finding(digits: str, report: Path | None) -> dict[str, Any]:
    """Return the finding that is meant, as far as it is known."""
    if not _DIGITS.fullmatch(digits) or (report is None and len(digits) != _WHOLE):
        needed = (
            "all 64 digits of a fingerprint" if report is None else "8 to 64 digits"
        )
        raise click.UsageError(f"expected {needed}, as the report has them")
    if report is None:
        return {"fingerprint": digits}
    found = {
        each["fingerprint"]: each
        for each in _findings(report)
        if each["fingerprint"].startswith(digits)
    }
    if len(found) == 1:
        return next(iter(found.values()))
    reason = "is of several findings: give more digits" if found else "is of no finding"
    raise click.UsageError(f"{digits} {reason} in {report}")


def _findings(report: Path) -> list[dict[str, Any]]:
    try:
        with report.open("rb") as stream:
            value = json.loads(stream.read(_MOST_BYTES))
        found = value["findings"]
        if all(isinstance(each["fingerprint"], str) for each in found):
            return list(found)
    except (ValueError, KeyError, TypeError, RecursionError, OSError):
        pass
    raise click.UsageError(f"{report} is no report in JSON (`--format json`)")


def _yaml(said: dict[str, Any]) -> str:
    # A text in the quotes of JSON is one of YAML, whatever is in it.
    lines = []
    for key, value in said.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {quoted(each)}" for each in value)]
        elif value:
            lines.append(f"{key}: {quoted(value)}")
    return "".join(f"{line}\n" for line in lines)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80]


def _write(file: Path, text: str) -> None:
    try:
        content = text.encode()
        file.parent.mkdir(exist_ok=True)
        # Never over another one: it may have been approved for longer or by others.
        with file.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        fail(
            Exit.USAGE, f"{file.as_posix()}: there is one already; change or delete it"
        )
    except UnicodeEncodeError:
        fail(Exit.USAGE, "expected texts in Unicode")
    except OSError as error:
        fail(Exit.USAGE, f"{file.as_posix()}: cannot be written: {error.strerror}")
