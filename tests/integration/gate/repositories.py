"""Scratch git repositories with contracts."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.unit.gate.builders import a_manifest

_NOBODY = (
    "-c",
    "user.name=Nobody",
    "-c",
    "user.email=nobody@example.com",
    "-c",
    "commit.gpgsign=false",
)


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints."""
    done = subprocess.run(
        ["git", *_NOBODY, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def a_repository(folder: Path) -> Path:
    """Return a new repository whose branch is `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(folder: Path, message: str = "Change") -> None:
    """Commit all that there is."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


def put_contract(folder: Path, schema: str, **settings: Any) -> None:
    """Write a contract with an Avro schema."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.avsc").write_text(schema, encoding="utf-8")
    manifest = a_manifest(f"{folder.name}-value", **settings)
    (folder / "contract.yaml").write_text(json.dumps(manifest), encoding="utf-8")
