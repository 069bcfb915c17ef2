"""Generated requests against a started registry: it keeps to its OpenAPI document."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.schema.seeding import seed
from tests.services.server import Server, serve

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COMMAND = Path(sys.executable).parent / "schemathesis"
EXAMPLES = 12
"""For each operation and phase: so the run finds the same on a busy machine."""
MOST_S = 900
LOOKED_AT = "deletions.txt"
"""What `hooks.py` writes: which deletions were looked at afterwards."""

LEAST_ANSWERED = 0.95
"""Of the operations: so many are answered with what was asked for at least once."""

_COUNTED = re.compile(
    r'wirepact_http_requests_total\{method="(\w+)",route="([^"]+)",status="2xx"\}'
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Server]:
    with serve(f"sqlite:///{tmp_path}/registry.db") as server:
        yield server


def test_given_generated_requests_when_sent_then_the_document_is_kept_to(
    registry: Server, tmp_path: Path
):
    report = tmp_path / "report.json"

    seed(registry.url)
    document = httpx.get(f"{registry.url}/openapi").json()

    run = subprocess.run(
        [
            *(COMMAND, "--no-color", "--config-file", HERE / "schemathesis.toml"),
            *("run", f"{registry.url}/openapi", "--max-examples", str(EXAMPLES)),
            *("--report-json-path", report),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,  # it leaves a folder there
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.schema.hooks",
        },
        timeout=MOST_S,
    )

    assert run.returncode == 0, run.stdout[-6000:]
    operations = json.loads(report.read_text())["operations"]
    assert operations["tested"] == operations["total"] == len(_operations(document))
    unanswered = _operations(document) - _answered(registry.url)
    assert len(unanswered) <= (1 - LEAST_ANSWERED) * operations["total"], unanswered
    looked_at = (tmp_path / LOOKED_AT).read_text()
    assert "is_whole=True" in looked_at
    assert "is_whole=False" in looked_at
    assert httpx.get(f"{registry.url}/health/ready").status_code == 200
    assert "Traceback" not in registry.log


def _operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
    }


def _answered(url: str) -> set[tuple[str, str]]:
    """Return the operations that were answered with a 2xx, as the registry counts."""
    return set(_COUNTED.findall(httpx.get(f"{url}/metrics").text))
