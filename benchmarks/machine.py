"""What the figures were measured on, without saying whose it is."""

import os
import platform
import shutil
import sqlite3
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    *("granian", "litestar", "sqlalchemy", "psycopg", "msgspec"),
    *("fastapi", "pydantic", "uvicorn", "uvloop", "httptools", "fastavro", "avro"),
)

SERVER_CORE = 0
LOAD_CORE = 1


def description() -> dict[str, object]:
    """Return processor, load and versions, to stand beside every figure."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "pinned": can_pin(),
        "versions": dict(_versions()),
    }


def can_pin() -> bool:
    """Return whether server and load generator can have a core each."""
    return shutil.which("taskset") is not None and (os.cpu_count() or 1) > LOAD_CORE


def pinned(core: int, command: list[str]) -> list[str]:
    """Return the command that runs a command on one core, where that is possible."""
    return ["taskset", "-c", str(core), *command] if can_pin() else command


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _versions() -> Mapping[str, str]:
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
