"""`python -m tests.hostile.child GROUP FOLDER`: send a group's cases, say what was.

A line of JSON for each case, to be read by who has started this: what is looked for may
end the process, or ask too much of it. Linux only, as its peaks of memory are.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from registry.domain.secrets import Secret
from registry.settings import Settings
from registry.storage import migrations
from tests.hostile import wire
from tests.hostile.calling import called
from tests.hostile.corpus import FINE, LANGUAGES, cases
from tests.hostile.requests import Request
from tests.services.in_process import InProcess, in_process

_PEAK = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
# What is imported late is imported when the first schema of its kind is refused.
_BROKEN = {
    "avro": '{"type":"nothing"',
    "json": '{"$ref":"#/no","type":1}',
    "protobuf": "{",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a case.

    Attributes:
        codes: Of the answers, in order: 200, or an error code; of what is decoded, the
            name of what was raised.
        cpu_s: Of the slowest of its requests, in this process.
        wall_s: The same by the clock, compilers included.
        rss_kib: By how much memory rose at most above what it was before.
        events: What the hook has noted meanwhile.
        is_alive: Whether a harmless request was answered afterwards.

    """

    name: str
    codes: tuple[int | str, ...]
    cpu_s: float
    wall_s: float
    rss_kib: int
    events: tuple[str, ...]
    is_alive: bool


def main(group: str, folder: Path) -> None:
    """Send the cases of a group, or have its messages read."""
    noted = Noted(Path(os.environ["HOSTILE_LOG"]))
    for report in (
        _of_wire(noted) if group == "wire" else _of_http(group, folder, noted)
    ):
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        sys.stdout.flush()


def _of_wire(noted: "Noted") -> Iterator[Report]:
    for case, read in wire.decoding():
        yield _report(case.name, [read], noted, lambda: True)


def _of_http(group: str, folder: Path, noted: "Noted") -> Iterator[Report]:
    url = f"sqlite:///{folder / 'registry.db'}"
    migrations.upgrade(url)
    # For everybody: else it would answer by the names of its own machine alone.
    settings = Settings(database_url=Secret(url), allow_anyone=True)
    with in_process(settings, folder) as registry:
        _warm(registry)
        fine = "/subjects/fine-avro/versions"
        for case in cases(group):
            for each in case.before:
                assert _code(registry, each) == 200, each.path
            acts = [partial(_code, registry, each) for each in case.requests]
            yield _report(
                case.name, acts, noted, lambda: registry.get(fine).status_code == 200
            )


class Noted:
    """What `sitecustomize` notes, read from where it was read last."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._at = 0

    def since(self) -> tuple[str, ...]:
        with self._log.open("rb") as opened:
            opened.seek(self._at)
            text = opened.read().decode()
        self._at += len(text)
        own = (str(self._log), "/proc/self/")
        return tuple(x for x in text.splitlines() if not any(o in x for o in own))


def _warm(registry: InProcess) -> None:
    """Have a schema of each language registered, another compared, a third refused."""
    for group, language in LANGUAGES.items():
        for text in (FINE[group], f"{FINE[group]} ", _BROKEN[group]):
            body = json.dumps({"schemaType": language, "schema": text}).encode()
            for path in (
                f"/subjects/fine-{group}/versions?normalize=true",
                f"/compatibility/subjects/fine-{group}/versions?verbose=true",
            ):
                _code(registry, Request("POST", path, body))


def _report(
    name: str,
    acts: Iterable[Callable[[], int | str]],
    noted: Noted,
    is_alive: Callable[[], bool],
) -> Report:
    noted.since()
    before = _peak_from_now()
    codes: list[int | str] = []
    cpu_s = wall_s = 0.0
    for act in acts:
        cpu, wall = time.process_time(), time.monotonic()
        codes.append(act())
        cpu_s = max(cpu_s, time.process_time() - cpu)
        wall_s = max(wall_s, time.monotonic() - wall)
    grown = _memory("VmHWM") - before
    events = noted.since()
    return Report(name, tuple(codes), cpu_s, wall_s, grown, events, is_alive())


def _code(registry: InProcess, request: Request) -> int:
    return called(registry, request).code


def _peak_from_now() -> int:
    """Forget the peak, and return how much memory there is now, in KiB."""
    _PEAK.write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    line = next(x for x in _STATUS.read_text().splitlines() if x.startswith(name))
    return int(line.split()[1])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
