"""Runs a target in a process of its own, and says how that ended."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.fuzz import targets
from tests.fuzz.present import LENGTH_BYTES

# Longer than the slowest input takes on a busy machine, shorter than a hang.
HANG_S = 20
MOST_MIB = 1024
MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        log: What libFuzzer said, from the end.
        finds: Files with inputs that did harm.

    """

    module: str
    code: int
    log: str
    finds: tuple[Path, ...]

    @property
    def is_clean(self) -> bool:
        return self.code == 0 and not self.finds

    def __str__(self) -> str:
        inputs = "\n".join(f"{find}: {find.read_bytes()!r}" for find in self.finds)
        return f"{self.module} ended with {self.code}\n{self.log}\n{inputs}"


def all_targets() -> tuple[str, ...]:
    """Return the names of the modules in `targets/`."""
    folder = Path(targets.__file__).parent
    found = sorted(each.stem for each in folder.glob("[!_]*.py"))
    return tuple(f"{targets.__name__}.{name}" for name in found)


def run(module: str, seconds: int, folder: Path, hang_s: int = HANG_S) -> Outcome:
    """Fuzz for some seconds; stop at the first input that does harm.

    Args:
        folder: Where inputs are kept that reach something new, and those that do
            harm: what is in there from an earlier run is where this one begins.

    """
    corpus, finds = folder / "corpus", folder / "finds"
    for each in (corpus, finds):
        each.mkdir(parents=True, exist_ok=True)
    _plant(import_module(module).seeds(), corpus)
    present = folder / "present"
    present.write_bytes(bytes(LENGTH_BYTES + MOST_BYTES))
    command = [
        sys.executable,
        *("-m", "tests.fuzz.child", module, str(present), str(corpus)),
        f"-max_total_time={seconds}",
        f"-artifact_prefix={finds}/",
        f"-timeout={hang_s}",
        f"-rss_limit_mb={MOST_MIB}",
        f"-max_len={MOST_BYTES}",
        "-verbosity=1",
    ]
    log = folder / "log"
    with log.open("wb") as out:
        # Its own end is expected in time; the limit is for the case that it is not.
        ended = subprocess.run(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=seconds + 10 * hang_s + 60,
            env={**os.environ, "PYTHONFAULTHANDLER": "0"},
            check=False,
        )
    if ended.returncode < 0 and not any(finds.iterdir()):
        _keep_present(present, finds)
    said = log.read_text(errors="replace")[-4000:]
    return Outcome(module, ended.returncode, said, tuple(sorted(finds.iterdir())))


def _keep_present(present: Path, finds: Path) -> None:
    """Keep the input that has killed the process, which could not do it itself."""
    noted = present.read_bytes()
    end = LENGTH_BYTES + int.from_bytes(noted[:LENGTH_BYTES], "big")
    (finds / "killed").write_bytes(noted[LENGTH_BYTES:end])


def _plant(seeds: Iterable[bytes], corpus: Path) -> None:
    for seed in seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
