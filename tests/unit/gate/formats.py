"""The official schemas of the formats that the gate reads and writes."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

ROOT = Path(__file__).parents[3]
_FOLDER = Path(
    os.environ.get("WIREPACT_FORMAT_SCHEMAS", ROOT.parent / "shared/data/formats")
)
ODCS = "odcs-json-schema-v3.1.0.json"
JUNIT = "junit.xsd"
ASYNCAPI = "asyncapi-3.1.0.json"


def official_file(name: str) -> Path:
    """Return where an official schema is; skip where it is not, but never in CI."""
    file = _FOLDER / name
    if not file.exists():
        missing = f"no {name}: say its folder in WIREPACT_FORMAT_SCHEMAS"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return file


def official(name: str) -> Any:
    """Return an official schema that is written in JSON."""
    return json.loads(official_file(name).read_text(encoding="utf-8"))


def validator(name: str) -> jsonschema_rs.Validator:
    """Return what validates against an official schema."""
    return jsonschema_rs.validator_for(official(name))
