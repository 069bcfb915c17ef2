"""The waivers of a project: the files beside the contracts, and how long they last."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path, PurePosixPath

from registry.domain.waivers import LONGEST
from registry.gate import file_names, waivers, yaml_text
from registry.gate.manifests import ManifestError
from registry.gate.members import Members
from registry.gate.snapshots import Snapshot
from registry.gate.waivers import USUAL, Waivers, WaiverSettings


def read(snapshot: Snapshot, roots: Iterable[str]) -> Waivers:
    """Return the waivers of folders with contracts, and what is wrong with the others.

    Raises:
        ManifestError: A folder's settings are not what they must be.

    """
    found = Waivers()
    for root in roots:
        names = snapshot.files_in(root, file_names.WAIVERS)
        chosen = settings(snapshot, root) if names else WaiverSettings()
        for name in names:
            found += _waiver(snapshot, name, chosen)
    return found


def _waiver(snapshot: Snapshot, name: str, chosen: WaiverSettings) -> Waivers:
    file = PurePosixPath(name)
    try:
        text = snapshot.text(Path(name), yaml_text.MAX_BYTES)
    except ManifestError as error:
        return waivers.refused(file, error)
    return waivers.of(file, text, chosen)


def settings(snapshot: Snapshot, root: str) -> WaiverSettings:
    """Return what a folder's `registry.yaml` says of waivers.

    Raises:
        ManifestError: It is not what it must be.

    """
    snapshot.settings(root)  # Where anything else is wrong, nothing of it counts.
    name = snapshot.defaults_of(root)
    if name not in snapshot.tree.names:
        return WaiverSettings()
    return settings_of(Path(name), snapshot.text(Path(name), yaml_text.MAX_BYTES))


def settings_of(file: Path, text: str) -> WaiverSettings:
    """Return what a text of `registry.yaml` says of waivers.

    Raises:
        ManifestError: It is not what it must be.

    """
    return settings_in(Members.of(file, text))


def settings_in(defaults: Members) -> WaiverSettings:
    """Return what a folder's settings say of waivers.

    Raises:
        ManifestError: It is not what it must be.

    """
    said = defaults.inside("waivers")
    said.only("defaultDays", "maxDays")
    longest = _days(said, "maxDays", LONGEST, LONGEST)
    return WaiverSettings(
        _days(said, "defaultDays", min(USUAL, longest), longest), longest
    )


def _days(said: Members, key: str, otherwise: timedelta, most: timedelta) -> timedelta:
    number = said.find(key, int)
    if number is None:
        return otherwise
    if not 1 <= number <= most.days:
        reason = f"{key}: expected a number from 1 to {most.days}, found {number}"
        raise said.error(reason, key)
    return timedelta(days=number)
