"""Where the examples of a contract are; none of them is looked at here."""

from pathlib import PurePosixPath
from typing import Any

from registry.gate import file_names
from registry.gate.contracts import Contract
from registry.gate.snapshots import Snapshot


def folder_of(contract: Contract) -> str:
    """Return where a contract's examples are: beside its manifest, unless it says so.

    Relative as its manifest's name is, with forward slashes, without one at the end.
    """
    entry = registry_entry(contract)
    said = entry.get("examples")
    name = said.strip("/") if isinstance(said, str) else file_names.EXAMPLES
    around = PurePosixPath(contract.manifest.file.as_posix()).parent
    parts = [
        part for part in PurePosixPath(name or file_names.EXAMPLES).parts if part != "."
    ]
    # One that leads out of the contract's folder has no files of the contract.
    return around.joinpath(*(part for part in parts if part != "..")).as_posix()


def folder_for(now: Snapshot, manifest: str) -> str | None:
    """Return where the examples of a manifest's file are; None if it cannot be read.

    A manifest that does not speak of examples is not parsed for that.
    """
    said = now.tree.read((manifest,)).get(manifest, b"")
    if file_names.EXAMPLES.encode() not in said and b"\\" not in said:
        return f"{manifest.rpartition('/')[0]}/{file_names.EXAMPLES}".removeprefix("/")
    found = now.find(manifest)
    return None if found is None else folder_of(found)


def registry_entry(contract: Contract) -> dict[str, Any]:
    """Return what a manifest says to the registry."""
    entries = contract.manifest.document.value.get("customProperties") or ()
    found = (
        each.get("value")
        for each in entries
        if isinstance(each, dict) and each.get("property") == "registry"
    )
    value = next(found, None)
    return value if isinstance(value, dict) else {}
