"""Many client processes at once, and what they were told."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.faults import ledger
from tests.faults.ledger import Entry

ROOT = Path(__file__).parents[2]

Job = tuple[str, str]
"""A subject, and the text to register under it."""


class Storm:
    """Running client processes, each with a ledger."""

    def __init__(
        self, clients: Sequence[subprocess.Popen[bytes]], ledgers: Sequence[Path]
    ) -> None:
        self._clients = clients
        self._ledgers = ledgers

    def entries(self) -> list[Entry]:
        return [entry for path in self._ledgers for entry in ledger.read(path)]

    def has_written(self, lines: int) -> bool:
        """Say whether so many outcomes are known, without reading them."""
        present = (path for path in self._ledgers if path.exists())
        return sum(path.read_bytes().count(b"\n") for path in present) >= lines

    def is_over(self) -> bool:
        return all(client.poll() is not None for client in self._clients)

    def exit_codes(self) -> set[int | None]:
        return {client.poll() for client in self._clients}


@contextmanager
def storm(
    urls: Sequence[str], work: Sequence[Sequence[Job]], folder: Path
) -> Iterator[Storm]:
    """Start one client process for each list of jobs; those left over are killed."""
    with ExitStack() as stack:
        ledgers = [folder / f"ledger-{number}" for number in range(len(work))]
        clients = []
        for number, (jobs, path) in enumerate(zip(work, ledgers, strict=True)):
            file = folder / f"jobs-{number}.json"
            file.write_text(json.dumps(jobs))
            # Neighbours start with different servers.
            first = number % len(urls)
            client = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.faults.writer"),
                    *(str(file), str(path)),
                    *(*urls[first:], *urls[:first]),
                ],
                cwd=ROOT,
            )
            stack.callback(_end, client)
            clients.append(client)
        yield Storm(clients, ledgers)


def _end(client: subprocess.Popen[bytes]) -> None:
    client.kill()  # nothing happens if it has ended
    client.wait()


def work(*, clients: int, each: int, subjects: int) -> list[list[Job]]:
    """Return jobs for each client: every other text is everybody's, the rest its own.

    A shared text is registered under two subjects. All texts can read each other's
    data, so that nothing but a fault makes a registration fail.
    """
    return [
        [_job(client, number, subjects) for number in range(each)]
        for client in range(clients)
    ]


def _job(client: int, number: int, subjects: int) -> Job:
    if number % 2:
        return f"storm-{(client + number) % subjects}", text(f"own_{client}_{number}")
    return f"storm-{(client % 2 + number) % subjects}", text(f"shared_{number}")


def text(name: str) -> str:
    """Return a text as the registry prints it, so that bytes can be compared."""
    field = {"name": name, "type": "string", "default": ""}
    schema = {"type": "record", "name": "Event", "fields": [field]}
    return json.dumps(schema, separators=(",", ":"))
