"""The processes of a server, found by the ids that tests know."""

import os
from pathlib import Path


def children(pid: int) -> list[int]:
    """Return the direct children of a process, those that have ended left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has just ended
            continue
        # The name in parentheses may hold blanks; state and parent come after it.
        state, parent = text.rpartition(")")[2].split()[:2]
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def workers(pid: int) -> list[int]:
    """Return the processes that serve: not the one that watches over resources."""
    return [each for each in children(pid) if "resource_tracker" not in command(each)]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def listens(pid: int, port: int) -> bool:
    """Say whether a process has a listening socket on a port."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    there = {
        f"socket:[{row[9]}]"
        for row in rows
        if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port
    }
    try:
        return any(str(link.readlink()) in there for link in _open_files(pid))
    except OSError:  # it has just ended, or closed the file
        return False


def _open_files(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/fd").iterdir())


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
