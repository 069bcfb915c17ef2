"""A repository whose branch `work` breaks what `main` promises, as CI finds it."""

import json
from pathlib import Path
from typing import Any

from tests.integration.gate.repositories import ARepository
from tests.unit.gate.builders import a_record


def broken(root: Path) -> ARepository:
    """Begin the repository."""
    found = ARepository(root)
    put(found, "id")
    found.begin_work()
    put(found, "id", "added")
    found.commit()
    return found


def put(
    repository: ARepository, *fields: str, team: str = "shop", **settings: Any
) -> None:
    """Write a contract that has an owner, as policies demand."""
    repository.contract("order", *fields, **settings)
    file = repository.root / "contracts/order/contract.yaml"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**manifest, "team": {"name": team}}))


def mend(repository: ARepository) -> None:
    """Commit the change in a way that breaks nobody."""
    schema = json.loads(a_record("Order", "id", "added"))
    schema["fields"][1]["default"] = ""
    put(repository, schema=json.dumps(schema))
    repository.commit()
