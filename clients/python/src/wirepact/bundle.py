"""A file of schemas that a service brings along, to start and run without a registry.

It holds the versions of some subjects, with all that they refer to. The same registry
gives the same bytes, so that it can be kept under version control and compared.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from wirepact import _reading, _storing
from wirepact._reading import MalformedError
from wirepact.errors import BundleError
from wirepact.schemas import PROTOBUF, RegisteredSchema, Schema

FORMAT: Final = "wirepact-bundle-1"
SERIALIZED: Final = "serialized"
_MOST_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True)
class Bundle:
    """Versions of subjects, with all that they refer to.

    Attributes:
        versions: Sorted by subject and version; no pair stands twice.
        forms: Other renderings of a schema: the id and the form, such as
            `serialized`, to the text.
        context: Where the ids mean this.

    """

    versions: tuple[RegisteredSchema, ...]
    forms: Mapping[tuple[int, str], str]
    context: str = "."

    @classmethod
    def read(cls, file: Path | str) -> Self:
        """Read a bundle.

        Raises:
            BundleError: There is none, or it cannot be read, is damaged, or of a later
                format.

        """
        path = Path(file)
        try:
            return cls.parse(_content(path))
        except OSError as error:
            raise BundleError(f"{path}: {error.strerror or error}") from error
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from error

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read what `to_bytes` has made.

        Raises:
            BundleError: It was not made by it.

        """
        try:
            said = _reading.mapping(json.loads(content))
            if said.get("format") != FORMAT:
                raise BundleError(f"not a bundle of the format {FORMAT}")
            held = _reading.mapping(said.get("held"))
            if said.get("sha256") != _checksum(held):
                raise BundleError("the checksum does not hold")
            return cls._of_json(held)
        except (ValueError, RecursionError, MalformedError) as error:
            raise BundleError(f"damaged: {error}") from error

    @classmethod
    def _of_json(cls, held: Mapping[str, Any]) -> Self:
        versions = _reading.listed(held.get("versions"), _reading.registered)
        forms = _reading.listed(held.get("forms"), _reading.mapping)
        return cls(
            versions,
            {
                (_reading.number(each.get("id")), _reading.text(each.get("form"))): (
                    _reading.text(each.get("text"))
                )
                for each in forms
            },
            _reading.text(held.get("context")),
        )

    def to_bytes(self) -> bytes:
        held = {
            "context": self.context,
            "versions": [_storing.registered_to_json(each) for each in self.versions],
            "forms": [
                {"id": schema_id, "form": form, "text": text}
                for (schema_id, form), text in sorted(self.forms.items())
            ],
        }
        said = {"format": FORMAT, "sha256": _checksum(held), "held": held}
        return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()

    def find_schema(self, schema_id: int, form: str = "") -> Schema | None:
        found = self._by_id.get(schema_id)
        if found is None or not form:
            return found
        text = self.forms.get((schema_id, form))
        return None if text is None else _in_form(found, text)

    def find_by_guid(self, guid: UUID, form: str = "") -> Schema | None:
        schema_id = self._ids_by_guid.get(guid)
        return None if schema_id is None else self.find_schema(schema_id, form)

    def find_version(self, subject: str, version: int) -> RegisteredSchema | None:
        return self._by_place.get((subject, version))

    def list_versions(self, subject: str) -> tuple[int, ...]:
        """List the versions that it has of a subject, the oldest first."""
        return tuple(each.version for each in self._by_subject.get(subject, ()))

    def find_latest(self, subject: str) -> RegisteredSchema | None:
        versions = self._by_subject.get(subject)
        return versions[-1] if versions else None

    def find_registered(self, subject: str, schema: Schema) -> RegisteredSchema | None:
        """Find the newest version with this content, however its text is laid out."""
        wanted = _content_of(schema)
        for each in reversed(self._by_subject.get(subject, ())):
            if _content_of(each.schema) == wanted:
                return each
        return None

    @cached_property
    def _by_id(self) -> Mapping[int, Schema]:
        return {each.id: each.schema for each in self.versions}

    @cached_property
    def _ids_by_guid(self) -> Mapping[UUID, int]:
        return {
            each.schema.guid: each.id
            for each in self.versions
            if each.schema.guid is not None
        }

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, int], RegisteredSchema]:
        return {(each.subject, each.version): each for each in self.versions}

    @cached_property
    def _by_subject(self) -> Mapping[str, Sequence[RegisteredSchema]]:
        found: dict[str, list[RegisteredSchema]] = {}
        for each in sorted(self.versions, key=_place):
            found.setdefault(each.subject, []).append(each)
        return found


def bundle_of(
    versions: Iterable[RegisteredSchema],
    forms: Mapping[tuple[int, str], str],
    context: str = ".",
) -> Bundle:
    """Make a bundle; the order in which things were fetched leaves no trace."""
    by_place = {_place(each): each for each in versions}
    ordered = tuple(by_place[place] for place in sorted(by_place))
    return Bundle(ordered, dict(forms), context)


def needs_forms(found: RegisteredSchema) -> Sequence[str]:
    """Name the renderings that a decoder asks for, beside the text."""
    return (SERIALIZED,) if found.schema.schema_type == PROTOBUF else ()


def _place(found: RegisteredSchema) -> tuple[str, int]:
    return found.subject, found.version


def _in_form(schema: Schema, text: str) -> Schema:
    return Schema(
        text,
        schema.schema_type,
        schema.references,
        schema.metadata,
        schema.rule_set,
        schema.guid,
    )


def _content_of(schema: Schema) -> tuple[object, ...]:
    text: object = schema.text
    if schema.schema_type != PROTOBUF:
        try:
            text = json.loads(schema.text)
        except (ValueError, RecursionError):
            text = schema.text
    return schema.schema_type, text, schema.references


def _checksum(held: Mapping[str, Any]) -> str:
    canonical = json.dumps(held, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _content(path: Path) -> bytes:
    if path.stat().st_size > _MOST_BYTES:
        raise BundleError(f"larger than {_MOST_BYTES} bytes")
    return path.read_bytes()
