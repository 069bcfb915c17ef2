"""`python -m tests.supply_chain.audit LOCK...`: look for known faults.

pip-audit asks a service about each package of a lock. It has no data of its own, so an
audit that could not ask is not passed: it ends with a status of its own. Where no
service can be reached, `--advisories` names an archive that is asked instead.

Exit status: 0 nothing is known, or all that is known has been explained; 1 something
has not; 2 an explanation is of no use any more; 3 it could not be found out.
"""

import json
import os
import subprocess
import sys
import tomllib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from tests.services.stub import stub
from tests.supply_chain.advisories import Advisories

COMMAND: Final = Path(sys.executable).parent / "pip-audit"
EXPLAINED: Final = Path("requirements/explained.toml")
TIMEOUT_S: Final = 900
MOST_AGE: Final = timedelta(days=30)
"""Of the newest advisory of an archive: several come each day."""

UNREADABLE: Final = (
    *(OSError, ValueError, BadZipFile),
    *(AttributeError, LookupError, TypeError),
)
"""What reading an archive raises that is none."""


class Exit(IntEnum):
    """How an audit ended; of several, the greatest."""

    CLEAN = 0
    FOUND = 1
    OUTDATED = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A known fault of a package that is pinned.

    Attributes:
        ids: All names of the fault, the service's own first.
        fixed_in: Versions without it; may be empty.

    """

    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fixed = f", fixed in {', '.join(self.fixed_in)}" if self.fixed_in else ""
        return f"{self.package} {self.version}: {' = '.join(self.ids)}{fixed}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a finding does no harm here, and how long that is believed."""

    id: str
    package: str
    why: str
    until: date


class UnknownError(Exception):
    """It could not be found out whether anything is known. The message says why."""


def explanations(file: Path) -> tuple[Explanation, ...]:
    """Read what has been explained.

    Raises:
        TypeError: An explanation lacks something, or has something else.

    """
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(Explanation(**each) for each in read.get("explained", ()))


def found(lock: Path, url: str | None = None) -> tuple[Finding, ...]:
    """Ask a service about all that a lock pins; OSV's own unless another is named.

    Raises:
        UnknownError: It was not reached, or did not know a package.

    """
    exceptions = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    past_proxies = ",".join(filter(None, (exceptions, "127.0.0.1")))
    run = subprocess.run(
        [
            *(COMMAND, "--requirement", lock, "--require-hashes", "--disable-pip"),
            *("--format", "json", "--progress-spinner", "off"),
            *("--vulnerability-service", "osv"),
            *([] if url is None else ["--osv-url", url]),
        ],
        env={**os.environ, "NO_PROXY": past_proxies, "no_proxy": past_proxies},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    try:
        return tuple(_findings(json.loads(run.stdout)))
    except (ValueError, LookupError, TypeError):
        said = run.stderr.strip().splitlines()
        last = said[-1] if said else f"exit status {run.returncode}"
        raise UnknownError(f"the service gave no answer: {last}") from None


def _findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    for each in report["dependencies"]:
        if "skip_reason" in each:
            # With the tool's own exit status this would pass for clean.
            raise UnknownError(f"{each['name']} was left out: {each['skip_reason']}")
        for fault in each["vulns"]:
            yield Finding(
                each["name"],
                each["version"],
                (fault["id"], *fault["aliases"]),
                tuple(fault["fix_versions"]),
            )


def judged(
    findings: Sequence[Finding], explained: Sequence[Explanation], today: date
) -> Iterator[tuple[Exit, str]]:
    """Yield what is wrong, or worth telling, about findings and explanations."""
    used = set()
    for finding in findings:
        reason = _explaining(finding, explained)
        if reason is None:
            yield Exit.FOUND, f"found: {finding}"
        elif reason.until < today:
            used.add(reason)
            yield Exit.FOUND, f"explained until {reason.until} only: {finding}"
        else:
            used.add(reason)
            yield Exit.CLEAN, f"explained: {finding}: {reason.why}"
    for reason in explained:
        if reason not in used:
            told = f"explained but not found: {reason.package}: {reason.id}"
            yield Exit.OUTDATED, f"{told}; take it out"


def _explaining(
    finding: Finding, explained: Sequence[Explanation]
) -> Explanation | None:
    fitting = (
        each
        for each in explained
        if each.package == finding.package and each.id in finding.ids
    )
    return next(fitting, None)


@contextmanager
def asking(archive: Path) -> Iterator[str]:
    """Answer from an archive, on this machine; yield the address.

    Raises:
        UnknownError: It cannot be read, has nothing in it, or nothing of late.

    """
    try:
        known = Advisories.read(archive)
    except UNREADABLE as error:
        raise UnknownError(f"{archive} cannot be read: {error}") from None
    if not known.newest:
        raise UnknownError(f"{archive} has no advisory in it")
    age = datetime.now(UTC) - datetime.fromisoformat(known.newest)
    if age > MOST_AGE:
        raise UnknownError(f"{archive} tells of nothing since {known.newest}")
    sys.stdout.write(f"Asked: {archive}, in which the newest is of {known.newest}.\n")
    with stub(known.answer) as service:
        yield service.url


def main(arguments: Sequence[str]) -> int:
    """Audit lock files, say what was found, and return the exit status."""
    given = _arguments(arguments)
    try:
        with ExitStack() as stack:
            url = given.osv_url
            if given.advisories is not None:
                url = stack.enter_context(asking(given.advisories))
            findings = {each for lock in given.locks for each in found(lock, url)}
    except UnknownError as error:
        sys.stdout.write(f"NOT AUDITED: {error}\n")
        return Exit.UNKNOWN
    ordered = sorted(findings, key=str)
    today = datetime.now(UTC).date()
    status = Exit.CLEAN
    for exit_, line in judged(ordered, explanations(EXPLAINED), today):
        sys.stdout.write(f"{line}\n")
        status = max(status, exit_)
    if status is Exit.CLEAN:
        sys.stdout.write("Nothing is known that has not been explained.\n")
    return status


def _arguments(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.supply_chain.audit")
    parser.add_argument("locks", nargs="+", type=Path, metavar="LOCK")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--osv-url", metavar="URL", help="a service like OSV's")
    source.add_argument(
        "--advisories",
        type=Path,
        metavar="PATH",
        help="a ZIP archive or a folder of advisories in OSV's format",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
