"""`wirepact waive`: accept a finding for some time, as a file that is reviewed."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final

import click

from registry.cli import found as findings
from registry.cli import gating as gate
from registry.cli.exits import Exit, fail
from registry.cli.found import Found
from registry.cli.gating import Address, Gating
from registry.domain.json_text import quoted
from registry.domain.waivers import is_same_person
from registry.gate import file_names, waiver_files, waivers
from registry.gate.report import WAIVABLE, Kind
from registry.gate.waivers import Scope, WaiverSettings

_IN_NAME: Final = 12
_UNQUOTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
"""What a text in the quotes of JSON may have as it is, and one of YAML may not."""


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
    help="The last day, such as 2027-01-31. If not given, in two weeks, or as"
    " registry.yaml says; in 180 days at most.",
)
@click.option("--ticket", default="", help="Where it was discussed.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([each.value for each in Scope]),
    multiple=True,
    default=[Scope.CHECK.value],
    help="Where it is accepted: check if not given; register to have it registered by"
    " plan, apply and push; several times for both.",
)
@click.option(
    "--environment",
    "environments",
    multiple=True,
    help="The only environment for which it is accepted; several times for several.",
)
@click.option(
    "--from",
    "report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A report in JSON with the finding, or a plan (`wirepact plan -o`); without"
    " one, the contracts are looked at to find it.",
)
@click.option(
    "--against",
    metavar="BASELINE",
    help="What they are compared with then, as for `wirepact check`: merge-base (if not"
    " given), git:REF, dir:PATH, lock, or registry.",
)
@click.option("--staged", is_flag=True, help="Look at what is staged; against HEAD.")
@click.option(
    "--contracts",
    "folders",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    default=[Path("contracts")],
    help="The folder of contracts; contracts if not given. Several times for several:"
    " the file is written into the first.",
)
@gate.address_options
def waive(
    *,
    fingerprint: str,
    reason: str,
    approvers: tuple[str, ...],
    requested_by: str,
    expires: str | None,
    ticket: str,
    scopes: tuple[str, ...],
    environments: tuple[str, ...],
    report: Path | None,
    against: str | None,
    staged: bool,
    folders: tuple[Path, ...],
    address: Address,
) -> None:
    """Accept the finding of FINGERPRINT until a day; its first digits are enough.

    Writes a file into the folder's `waivers`. Nothing is accepted before that file is
    where the check looks: have it reviewed with the change that it is for.
    """
    if any(is_same_person(requested_by, each) for each in approvers):
        raise click.UsageError(f"{requested_by} asked for it, and cannot approve it")
    folder = folders[0]
    last = _last_day(expires, gate.today(), _settings(folder))
    gating = Gating(folders, against, staged, allows_missing=True, address=address)
    found = _finding(fingerprint, report, gating)
    _hold_acceptable(found.rule, found.kind, scopes)
    said = {
        "fingerprint": found.fingerprint,
        "rule": found.rule,
        "subject": found.subject,
        "reason": _said("--reason", reason),
        "ticket": ticket,
        "requested_by": requested_by,
        "approved_by": [_said("--approved-by", each) for each in approvers],
        "expires": last.isoformat(),
        "scope": _one_or_all([*dict.fromkeys(scopes)]),
    }
    name = f"{_slug(found.rule)}-{found.fingerprint[:_IN_NAME]}"
    file = folder / file_names.WAIVERS / f"{name}.yaml"
    text = _yaml(said) + _conditions(environments)
    _hold_valid(file, text)
    _write(file, text)
    click.echo(f"{file.as_posix()}: accepted until {last}")


def _said(option: str, text: str) -> str:
    if not text.strip():
        raise click.UsageError(f"{option}: expected a text")
    return text


def _settings(folder: Path) -> WaiverSettings:
    file = folder / file_names.DEFAULTS
    if not file.is_file():
        return WaiverSettings()
    with gate.told():
        return waiver_files.settings_of(file, file.read_text("utf-8", "replace"))


def _hold_acceptable(rule: str, kind: str, scopes: Iterable[str]) -> None:
    if kind not in WAIVABLE:
        raise click.UsageError(f"{rule} cannot be waived: mend it")
    if Scope.REGISTER in scopes and kind != Kind.COMPATIBILITY:
        raise click.UsageError(
            f"no registry refuses a schema for {rule}: it is accepted for check alone"
        )


def _hold_valid(file: Path, text: str) -> None:
    """Refuse to write what the next check would not follow."""
    for each in waivers.of(PurePosixPath(file.as_posix()), text).invalid:
        raise click.UsageError(each.finding.message)


def _last_day(expires: str | None, now: date, settings: WaiverSettings) -> date:
    try:
        last = now + settings.usual if expires is None else date.fromisoformat(expires)
    except ValueError as error:
        reason = f"--expires {expires}: expected a day such as 2027-01-31"
        raise click.UsageError(reason) from error
    if not timedelta(0) <= last - now <= settings.longest:
        limit = now + settings.longest
        raise click.UsageError(
            f"--expires {last}: expected a day from {now} to {limit}"
        )
    return last


def _finding(digits: str, report: Path | None, gating: Gating) -> Found:
    if report is None:
        return findings.looked_for(digits, gating)
    if gating.against or gating.is_staged:
        raise click.UsageError("--from a report: nothing is looked at or compared")
    return findings.reported(digits, report, gating.paths)


def _yaml(said: dict[str, Any]) -> str:
    lines = []
    for key, value in said.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {_quoted(each)}" for each in value)]
        elif value:
            lines.append(f"{key}: {_quoted(value)}")
    return "".join(f"{line}\n" for line in lines)


def _one_or_all(names: list[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else names


def _conditions(environments: Iterable[str]) -> str:
    names = "".join(f"    - {_quoted(each)}\n" for each in environments)
    return f"conditions:\n  environment:\n{names}" if names else ""


def _quoted(text: str) -> str:
    return _UNQUOTABLE.sub(lambda it: f"\\u{ord(it[0]):04x}", quoted(text))


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
