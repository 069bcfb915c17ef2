"""Advisories from an archive, for an audit where no service can be reached.

Each is a document of the Open Source Vulnerability format, as in the archive of all
that is known about PyPI (https://google.github.io/osv.dev/data/). Which of them are
about a version is decided as the format says:
https://ossf.github.io/osv-schema/#evaluation.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tests.services.stub import Asked, Said

ECOSYSTEM: Final = "PyPI"
_SUFFIX: Final = ".json"

Advisory = Mapping[str, Any]
_About = tuple[Advisory, Mapping[str, Any]]


class Advisories:
    """What is known about packages, by their names.

    Attributes:
        newest: When the advisory about PyPI that changed last did so, in ISO 8601;
            empty if there is none.

    """

    def __init__(self, documents: Iterable[Advisory]) -> None:
        self._of: dict[str, list[_About]] = {}
        self.newest = ""
        for document in documents:
            for affected in _of_pypi(document):
                self.newest = max(self.newest, document["modified"])
                name = canonicalize_name(affected["package"]["name"])
                self._of.setdefault(name, []).append((document, affected))

    @classmethod
    def read(cls, place: Path) -> Self:
        """Read a ZIP archive, or a folder and the folders in it.

        Raises:
            OSError, ValueError, zipfile.BadZipFile: It cannot be read.
            AttributeError, LookupError, TypeError: A document is no advisory.

        """
        return cls(json.loads(text) for text in _texts(place))

    def about(self, name: str, version: str) -> list[Advisory]:
        """Return the advisories that affect a version of a package."""
        found = {
            document["id"]: document
            for document, affected in self._of.get(canonicalize_name(name), ())
            if _affects(affected, version)
        }
        return [*found.values()]

    def answer(self, asked: Asked) -> Said:
        """Answer a query as OSV's service does."""
        query = json.loads(asked.body)
        found = self.about(query["package"]["name"], query["version"])
        return Said(body={"vulns": found} if found else {})


def _texts(place: Path) -> Iterator[str | bytes]:
    if place.is_dir():
        for file in sorted(place.rglob(f"*{_SUFFIX}")):
            yield file.read_text(encoding="utf-8")
        return
    with zipfile.ZipFile(place) as archive:
        for name in archive.namelist():
            if name.endswith(_SUFFIX):
                yield archive.read(name)


def _of_pypi(document: Advisory) -> Iterator[Mapping[str, Any]]:
    if "withdrawn" in document:
        return
    for affected in document.get("affected", ()):
        if affected.get("package", {}).get("ecosystem") == ECOSYSTEM:
            yield affected


def _affects(affected: Mapping[str, Any], version: str) -> bool:
    listed = affected.get("versions", ())
    ranges = [
        each["events"] for each in affected.get("ranges", ()) if each["type"] != "GIT"
    ]
    if not (listed or ranges):
        # Of commits alone, or of nothing: somebody has to look.
        return True
    wanted = Version(version)
    if any(_is_same(each, wanted) for each in listed):
        return True
    return any(_covers(events, wanted) for events in ranges)


def _is_same(written: str, wanted: Version) -> bool:
    try:
        return Version(written) == wanted
    except InvalidVersion:
        return written == str(wanted)


def _covers(events: Sequence[Mapping[str, str]], wanted: Version) -> bool:
    try:
        turns = sorted((_version(event), kind) for event in events for kind in event)
    except InvalidVersion:
        # It cannot be told, which is no reason to pass it over.
        return True
    # Written as 0, it was there before any version, the first pre-release included.
    is_affected = any(event.get("introduced") == "0" for event in events)
    for at, kind in turns:
        if kind == "introduced" and wanted >= at:
            is_affected = True
        elif (kind == "fixed" and wanted >= at) or (
            kind == "last_affected" and wanted > at
        ):
            is_affected = False
    return is_affected


def _version(event: Mapping[str, str]) -> Version:
    (written,) = event.values()
    return Version(written)
