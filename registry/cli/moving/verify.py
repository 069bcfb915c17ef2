"""Reading back what was moved, and comparing it with where it came from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from registry.cli.moving.crawl import exported
from registry.cli.moving.spool import Body, Spool, parse, version_key
from wirepact import RegistryClient
from wirepact.errors import SchemaNotFoundError

_COMPARED: Final = ("id", "references", "metadata", "ruleSet", "ts", "deletedTs")
_NAMES: Final = {"ts": "time", "deletedTs": "time of deletion", "ruleSet": "rule set"}


@dataclass(slots=True)
class Comparison:
    """How what was read back compares with its source.

    Attributes:
        compared: Versions that are there.
        reworded: Those among them whose text was put into this registry's canonical
            form.
        led_to: Those among these that the source's GUID finds.
        differences: Sentences about what is not as it should be.

    """

    compared: int = 0
    reworded: int = 0
    led_to: int = 0
    differences: list[str] = field(default_factory=list)


def compare(client: RegistryClient, spool: Spool) -> Comparison:
    """Compare each version of a spool with what a registry of ours now holds."""
    found = Comparison()
    for page in exported(client):
        for here in page:
            if here["kind"] == "version":
                _compare(client, spool, here, found)
    found.differences += [f"{_place(each)}: is missing" for each in spool.not_found()]
    return found


def _compare(
    client: RegistryClient, spool: Spool, here: Body, found: Comparison
) -> None:
    key = version_key(*parse(here["subject"]), here["version"])
    there = spool.find_version(key)
    if there is None:
        return
    spool.tick(key)
    found.compared += 1
    found.differences += [
        f"{_place(there)}: {reason}" for reason in _differences(there, here)
    ]
    if there["schema"] == here["schema"]:
        return
    found.reworded += 1
    guid = there.get("guid")
    if guid is None:
        # The source has no GUIDs, and no data that is framed with them.
        return
    if _is_found_by_guid(client, guid, here):
        found.led_to += 1
    else:
        found.differences.append(
            f"{_place(there)}: the text is another one, and the GUID of the source"
            " does not lead to it"
        )


def _differences(there: Body, here: Body) -> Iterator[str]:
    for name in _COMPARED:
        if name in {"ts", "deletedTs"} and name not in there:
            continue
        if _bare(there.get(name)) != _bare(here.get(name)):
            yield f"the {_NAMES.get(name, name)} is another one"
    if bool(there.get("deleted")) != bool(here.get("deleted")):
        yield "is live on one side and deleted on the other"
    if there.get("schemaType", "AVRO") != here.get("schemaType", "AVRO"):
        yield "the schema type is another one"


def _is_found_by_guid(client: RegistryClient, guid: str, here: Body) -> bool:
    try:
        found = client.get_schema_by_guid(UUID(guid))
    except SchemaNotFoundError:
        return False
    return bool(found.text == here["schema"])


def _bare(value: Any) -> str:
    """Return a value as JSON without what says nothing, in a fixed order."""
    return json.dumps(_without_empty(value), sort_keys=True)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        members = {name: _without_empty(each) for name, each in value.items()}
        kept = {n: each for n, each in members.items() if each not in (None, False)}
        return kept or None
    if isinstance(value, list):
        return [_without_empty(each) for each in value] or None
    return value


def _place(record: Body) -> str:
    return f"{record['subject']} version {record['version']}"
