"""`/mode` of a registry whose modes are fixed by its settings."""

from pathlib import Path

import pytest

from tests.services.in_process import in_process, settings_of


@pytest.mark.parametrize(
    ("method", "body"), [("PUT", {"mode": "READONLY"}), ("DELETE", None)]
)
@pytest.mark.parametrize("path", ["/mode", "/mode/s", "/mode/:.ctx:?recursive=true"])
def test_given_modes_are_fixed_when_changed_then_42205(
    wirepact_database: Path, tmp_path: Path, method: str, path: str, body: object
):
    fixed = settings_of(wirepact_database, tmp_path, mode_mutability=False)

    with in_process(fixed) as registry:
        answer = registry.request(method, path, json=body)
        mode = registry.get("/mode")

    assert (answer.status_code, answer.json()) == (
        422,
        {"error_code": 42205, "message": "Mode changes are not allowed"},
    )
    assert mode.json() == {"mode": "READWRITE"}
