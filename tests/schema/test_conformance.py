"""Generated requests against a started registry: it keeps to its OpenAPI document."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.services.server import Server, serve

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).parent / "schemathesis"
MOST_S = 30


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Server]:
    with serve(f"sqlite:///{tmp_path}/registry.db") as server:
        yield server


def test_given_generated_requests_when_sent_then_the_document_is_kept_to(
    registry: Server, tmp_path: Path
):
    report = tmp_path / "report.json"

    run = subprocess.run(
        [
            *(COMMAND, "--no-color", "--config-file", HERE / "schemathesis.toml"),
            *("run", f"{registry.url}/openapi", "--max-time", str(MOST_S)),
            *("--report-json-path", report),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,  # it leaves a folder there
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "line_bodies.py")},
        timeout=4 * MOST_S,
    )

    assert run.returncode == 0, run.stdout[-6000:]
    operations = json.loads(report.read_text())["operations"]
    assert operations["tested"] == operations["total"] > 30
    assert httpx.get(f"{registry.url}/health/ready").status_code == 200
    assert "Traceback" not in registry.log
