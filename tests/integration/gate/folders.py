"""What the tests of a folder share: registering one, and what became of it."""

import logging
from pathlib import Path

from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.domain.model import SchemaVersion
from registry.gate import folder
from registry.gate.folder import Summary
from tests.unit.gate.builders import a_record

CONTRACTS = Path(__file__).parents[3] / "contracts"
ORIGIN = Origin(actor="tests", request_id="request-1")
LOG = logging.getLogger("tests.contracts")

ITEM = a_record("Item", "sku")
ORDER = a_record("Order", "id", item="shop.Item")


def registered(ports: Ports, path: Path) -> Summary:
    return folder.register(ports, path, ORIGIN, LOG)


def names(versions: tuple[SchemaVersion, ...]) -> list[tuple[str, int]]:
    return [(str(each.subject), each.version) for each in versions]
