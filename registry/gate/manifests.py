"""The manifest of a contract: a document of the Open Data Contract Standard (ODCS).

What the registry needs to know stands in the one custom property `registry`; everything
else is kept as it is.

Source: Open Data Contract Standard 3.1.0.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from registry.domain.errors import InvalidLevelError
from registry.domain.levels import Level
from registry.domain.model import SchemaType, Subject
from registry.domain.places import Place
from registry.gate import yaml_text
from registry.gate.trouble import GateError
from registry.gate.yaml_text import Document, YamlError

PROPERTY: Final = "registry"

_CUSTOM: Final = "customProperties"
_KINDS: Final[dict[type, str]] = {
    str: "a text",
    dict: "a mapping",
    list: "a list",
}


class ManifestError(GateError):
    """A file of a contract that is not there, or does not say what it must.

    Attributes:
        file: As it was asked for.
        place: Where in it; None for the file as a whole.
        reason: What is wrong and what was expected, one sentence, no place in it.

    """

    def __init__(self, file: Path, reason: str, place: Place | None = None) -> None:
        self.file = file
        self.place = place
        self.reason = reason
        at = "" if place is None else f":{place.line}:{place.column}"
        super().__init__(f"{file}{at}: {reason}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a contract says of itself.

    Attributes:
        file: Where it was read from.
        level: None where the contract leaves it to the folder.
        name: How other schemas refer to this one; None where the schema says it.
        document: All of it, ours and not ours, with the places.

    """

    file: Path
    id: str
    subject: Subject
    schema_type: SchemaType
    schema_file: Path
    level: Level | None
    name: str | None
    document: Document


def read(file: Path) -> Manifest:
    """Read a manifest; the schema that it names is not looked at.

    Raises:
        ManifestError: The file is not there, is no YAML, or lacks what is needed.

    """
    return _manifest(_Reading.of(file), _leads_inside)


def parse(file: Path, text: str) -> Manifest:
    """Return what a manifest's text says; no file is looked at.

    Raises:
        ManifestError: It is no YAML, or lacks what is needed.

    """
    return _manifest(_Reading.of_text(file, text), _is_below)


def of_document(file: Path, document: Document) -> Manifest:
    """Return what a manifest says that was read before; no file is looked at.

    Raises:
        ManifestError: It lacks what is needed.

    """
    return _manifest(_Reading.of_document(file, document), _is_below)


def _manifest(reading: "_Reading", is_inside: Callable[[Path, Path], bool]) -> Manifest:
    entry = _registry_entry(reading)
    return Manifest(
        file=reading.file,
        id=reading.get_text("", "id"),
        subject=Subject.parse(reading.get_text(entry, "subject")),
        schema_type=_schema_type(reading, entry),
        schema_file=_schema_file(reading, entry, is_inside),
        level=_level(reading, entry),
        name=reading.find(entry, "name", str),
        document=reading.document,
    )


def mapping_of(file: Path, text: str) -> Document:
    """Return what a YAML file says that has to be a mapping.

    Raises:
        ManifestError: It is no YAML, or holds no mapping.

    """
    return _Reading.of_text(file, text).document


def default_level(file: Path, document: Document) -> Level | None:
    """Return the level that a folder's file says for all of its contracts.

    Raises:
        ManifestError: It names no such level.

    """
    return _level(_Reading.of_document(file, document), "")


def text_of(file: Path, max_bytes: int) -> str:
    """Return what a text file holds, with its line ends as they are.

    Raises:
        ManifestError: It is not there, is no file, is too large, or is no UTF-8.

    """
    try:
        if not file.is_file():
            found = "something else" if file.exists() else "nothing"
            raise ManifestError(file, f"expected a file, found {found}")
        if (size := file.stat().st_size) > max_bytes:
            reason = f"expected at most {max_bytes} bytes, found {size}"
            raise ManifestError(file, reason)
        return file.read_bytes().decode()
    except OSError as error:
        raise ManifestError(file, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        reason = f"expected text in UTF-8, found another byte at offset {error.start}"
        raise ManifestError(file, reason) from error


@dataclass(frozen=True, slots=True)
class _Reading:
    """A document whose members are taken out one by one."""

    file: Path
    document: Document

    @classmethod
    def of(cls, file: Path) -> "_Reading":
        return cls.of_text(file, text_of(file, yaml_text.MAX_BYTES))

    @classmethod
    def of_text(cls, file: Path, text: str) -> "_Reading":
        try:
            document = yaml_text.read(text)
        except YamlError as error:
            raise ManifestError(file, error.reason, error.place) from error
        return cls.of_document(file, document)

    @classmethod
    def of_document(cls, file: Path, document: Document) -> "_Reading":
        reading = cls(file, document)
        if not isinstance(document.value, dict):
            raise reading.error("", _expected(dict, document.value))
        return reading

    def error(self, pointer: str, reason: str) -> ManifestError:
        return ManifestError(self.file, reason, self.document.places.get(pointer))

    def find(self, pointer: str, key: str, kind: type) -> Any:
        """Return a member; None if it is not there.

        Raises:
            ManifestError: It is there and of another kind.

        """
        value = self._mapping(pointer).get(key)
        if value is not None and not isinstance(value, kind):
            raise self.error(f"{pointer}/{key}", f"{key}: {_expected(kind, value)}")
        return value

    def get_text(self, pointer: str, key: str) -> str:
        """Return a member that has to be there."""
        value = self.find(pointer, key, str)
        if not value:
            where = (
                f"the value of {_CUSTOM} '{PROPERTY}'" if pointer else "the manifest"
            )
            raise self.error(pointer, f"expected a text '{key}' in {where}")
        return str(value)

    def _mapping(self, pointer: str) -> dict[str, Any]:
        value = self.document.value
        for token in pointer.split("/")[1:]:
            value = value[int(token)] if isinstance(value, list) else value[token]
        if not isinstance(value, dict):
            raise self.error(pointer, _expected(dict, value))
        return value


def _registry_entry(reading: _Reading) -> str:
    """Return the pointer to what the manifest says to us."""
    entries = reading.find("", _CUSTOM, list) or []
    found = [
        f"/{_CUSTOM}/{position}"
        for position, entry in enumerate(entries)
        if isinstance(entry, dict) and entry.get("property") == PROPERTY
    ]
    if not found:
        reason = (
            f"expected an entry with the property '{PROPERTY}' in {_CUSTOM}, whose"
            " value says subject and schemaFile"
        )
        raise reading.error(f"/{_CUSTOM}" if entries else "", reason)
    if len(found) > 1:
        reason = f"expected one entry '{PROPERTY}' in {_CUSTOM}, found another"
        raise reading.error(found[1], reason)
    if reading.find(found[0], "value", dict) is None:
        raise reading.error(
            found[0], "expected a 'value' that says subject and schemaFile"
        )
    return f"{found[0]}/value"


def _schema_type(reading: _Reading, entry: str) -> SchemaType:
    written = reading.find(entry, "format", str)
    if written is None:
        return SchemaType.AVRO
    try:
        return SchemaType(written.upper())
    except ValueError as error:
        reason = f"expected a format, one of {', '.join(SchemaType)}, found '{written}'"
        raise reading.error(f"{entry}/format", reason) from error


def _schema_file(
    reading: _Reading, entry: str, is_inside: Callable[[Path, Path], bool]
) -> Path:
    written = reading.get_text(entry, "schemaFile")
    file = reading.file.parent / written
    if not is_inside(file, reading.file.parent):
        reason = f"expected a schemaFile in the contract's folder, found '{written}'"
        raise reading.error(f"{entry}/schemaFile", reason)
    return file


def _is_below(file: Path, folder: Path) -> bool:
    path = Path(os.path.normpath(file))
    return path.is_relative_to(os.path.normpath(folder))


def _leads_inside(file: Path, folder: Path) -> bool:
    try:
        # A link is followed before it is judged: it may lead anywhere.
        return file.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        # Links in a circle, or a NUL in the name.
        return False


def _level(reading: _Reading, entry: str) -> Level | None:
    written = reading.find(entry, "compatibility", str)
    if written is None:
        return None
    try:
        return Level.parse(written)
    except InvalidLevelError as error:
        names = ", ".join(Level.__members__)
        reason = f"expected a compatibility level, one of {names}, found '{written}'"
        raise reading.error(f"{entry}/compatibility", reason) from error


def _expected(kind: type, value: object) -> str:
    if value is None:
        return f"expected {_KINDS[kind]}, found nothing"
    is_scalar = not isinstance(value, dict | list)
    found = f"'{value}'" if is_scalar else _KINDS[type(value)]
    hint = "; write it in quotes" if kind is str and is_scalar else ""
    return f"expected {_KINDS[kind]}, found {found}{hint}"
