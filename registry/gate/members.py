"""A YAML file taken member by member; what is not what it must be is told with a place.

For the files that this tool alone reads, in which an unknown member is a mistake.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from registry.domain.json_text import escaped
from registry.gate import yaml_text
from registry.gate.manifests import ManifestError
from registry.gate.yaml_text import Document, YamlError

_WORDS: Final[dict[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    dict: "a mapping",
    list: "a list",
}


@dataclass(frozen=True, slots=True)
class Members:
    """A mapping in a file."""

    file: Path
    document: Document
    value: dict[str, Any]
    pointer: str = ""

    @classmethod
    def of(cls, file: Path, text: str) -> "Members":
        """Take a file's text.

        Raises:
            ManifestError: It is no YAML, or holds no mapping.

        """
        try:
            document = yaml_text.read(text)
        except YamlError as error:
            raise ManifestError(file, error.reason, error.place) from error
        if not isinstance(document.value, dict):
            found = _found(document.value)
            raise ManifestError(file, f"expected a mapping, found {found}")
        return cls(file, document, document.value)

    def error(self, reason: str, *keys: str | int) -> ManifestError:
        """Return an error at a member, or at what is nearest around it."""
        at = self.pointer + "".join(f"/{escaped(str(each))}" for each in keys)
        places = self.document.places
        while at and at not in places:
            at = at.rpartition("/")[0]
        return ManifestError(self.file, reason, places.get(at))

    def only(self, *known: str) -> None:
        """Refuse members that nobody reads.

        Raises:
            ManifestError: There is one; the nearest known name is told.

        """
        for key in self.value:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = (
                    f"did you mean '{near[0]}'?"
                    if near
                    else f"expected one of {', '.join(known)}"
                )
                raise self.error(f"unknown member '{key}'; {hint}", key)

    def find(self, key: str, kind: type) -> Any:
        """Return a member; None if it is not there.

        Raises:
            ManifestError: It is there and of another kind.

        """
        value = self.value.get(key)
        # By the very type, as True is an int to Python.
        if value is None or type(value) is kind:
            return value
        raise self.error(f"{key}: expected {_WORDS[kind]}, found {_found(value)}", key)

    def get_text(self, key: str) -> str:
        """Return a text that has to be there, and not to be empty."""
        value = self.find(key, str)
        if not value or not value.strip():
            raise self.error(f"expected a text '{key}'", key)
        return str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; none if it is not there."""
        found = self.find(key, list) or []
        for index, each in enumerate(found):
            if not isinstance(each, str) or not each:
                reason = f"{key}: expected a text, found {_found(each)}"
                raise self.error(reason, key, index)
        return tuple(found)

    def inside(self, key: str) -> "Members":
        """Return a mapping; an empty one if it is not there."""
        value = self.find(key, dict) or {}
        at = f"{self.pointer}/{escaped(key)}"
        return Members(self.file, self.document, value, at)

    def each(self, key: str) -> Iterator["Members"]:
        """Yield the mappings of a list; none if it is not there."""
        for index, value in enumerate(self.find(key, list) or ()):
            if not isinstance(value, dict):
                reason = f"{key}: expected a mapping, found {_found(value)}"
                raise self.error(reason, key, index)
            at = f"{self.pointer}/{escaped(key)}/{index}"
            yield Members(self.file, self.document, value, at)

    def one_of(self, key: str, known: dict[str, Any], default: Any) -> Any:
        """Return what a member's text stands for."""
        text = self.find(key, str)
        if text is None:
            return default
        if text not in known:
            reason = f"{key}: expected one of {', '.join(known)}, found '{text}'"
            raise self.error(reason, key)
        return known[text]


def _found(value: Any) -> str:
    if value is None:
        return "nothing"
    for kind in (dict, list):
        if isinstance(value, kind):
            return _WORDS[kind]
    return f"'{str(value)[:80]}'"
