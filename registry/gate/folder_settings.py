"""What a folder's `registry.yaml` says of all its contracts.

What it says of lint and policies is understood where contracts are held to it: to know
those rules takes longer than most runs have.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.domain.levels import Level
from registry.gate import file_names, manifests, yaml_text
from registry.gate.members import Members

_WAIVERS: Final = "waivers"
_KNOWN: Final = (
    "compatibility",
    "lint",
    "policies",
    _WAIVERS,
    "managedBy",
    "prune",
)
"""Of a misspelt one nothing would be held."""


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """What holds for the contracts of a folder that do not say otherwise.

    Attributes:
        owner: `managedBy`: who manages the subjects; None leaves it to the repository.
        prunes: Whether subjects may be deleted whose contracts are gone.

    """

    level: Level | None = None
    owner: str | None = None
    prunes: bool = False


def read(folder: Path) -> FolderSettings:
    """Read what a folder says; its file need not be there.

    Raises:
        ManifestError: The file is there and is not what it must be.

    """
    file = folder / file_names.DEFAULTS
    if not file.exists():
        return FolderSettings()
    return of(file, manifests.text_of(file, yaml_text.MAX_BYTES))


def of(file: Path, text: str) -> FolderSettings:
    """Return what the text of a folder's file says.

    Raises:
        ManifestError: It is not what it must be, or has a member that nothing knows.

    """
    document = manifests.mapping_of(file, text)
    said = Members(file, document, document.value)
    said.only(*_KNOWN)
    level = manifests.default_level(file, document)
    owner, prunes = said.find("managedBy", str), said.find("prune", bool)
    if _WAIVERS in said.value:
        from registry.gate import waiver_files  # Late: few folders say any of it.

        waiver_files.settings_in(said)
    return FolderSettings(level, (owner or "").strip() or None, bool(prunes))


def of_past(file: Path, text: str) -> FolderSettings:
    """Return what a folder promised by the text that its file had.

    What else was wrong with it is no reason to take its contracts as new.

    Raises:
        ManifestError: It is no YAML, or names no such level.

    """
    document = manifests.mapping_of(file, text)
    return FolderSettings(manifests.default_level(file, document))
