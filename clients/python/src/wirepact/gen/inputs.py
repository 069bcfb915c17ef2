"""What code is generated from: schemas with what they refer to, in order."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wirepact.codecs.language import ResolvedSchema
from wirepact.events import SchemaIdentity, avro_nodes, json_nodes
from wirepact.events.sources import LANGUAGE_OF_SUFFIX
from wirepact.gen.code import GenError
from wirepact.schemas import AVRO, JSON, PROTOBUF, RegisteredSchema, Schema

_MOST_BYTES: Final = 16 * 1024 * 1024

FindVersion = Callable[[str, int | None], RegisteredSchema]
"""From a subject and a version, or None for the latest, to what a registry has."""


@dataclass(frozen=True, slots=True)
class Input:
    """One schema.

    Attributes:
        origin: For people: the subject and version, or the file.
        stem: A name for a module whose schema has none.
        uses: What it refers to directly: names in its text to other inputs.

    """

    origin: str
    stem: str
    schema: Schema
    identity: SchemaIdentity
    uses: tuple[tuple[str, "Input"], ...] = field(default=())

    @property
    def resolved(self) -> ResolvedSchema:
        references: dict[str, Schema] = {}
        for name, used in self.uses:
            references |= used.resolved.references
            references[name] = used.schema
        return ResolvedSchema(self.schema, references)


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def from_registry(
    subjects: Iterable[tuple[str, int | None]], find: FindVersion
) -> list[Input]:
    """Return the inputs of versions of subjects, after those that they refer to."""
    collected = _Collected(find)
    for subject, version in subjects:
        collected.add(subject, version)
    return list(collected.inputs.values())


@dataclass(slots=True)
class _Collected:
    find: FindVersion
    inputs: dict[tuple[str, int], Input] = field(default_factory=dict)

    def add(self, subject: str, version: int | None) -> Input:
        found = self.find(subject, version)
        place = (found.subject, found.version)
        if place not in self.inputs:
            # A registry has no references in a circle.
            uses = tuple(
                (each.name, self.add(each.subject, each.version))
                for each in found.schema.references
            )
            self.inputs[place] = Input(
                origin=f"{found.subject} version {found.version}",
                stem=found.subject,
                schema=found.schema,
                identity=SchemaIdentity(
                    found.subject,
                    found.version,
                    found.id,
                    fingerprint(found.schema.text),
                ),
                uses=uses,
            )
        return self.inputs[place]


def from_files(files: Sequence[Path]) -> list[Input]:
    """Return the inputs of files, after those that they refer to.

    Avro schemas use each other's types by their full names, JSON Schemas each other by
    `$id` or file name, Protobuf files by import path.

    Raises:
        GenError: A file cannot be read, or one of what it refers to is not among them.

    """
    texts = {file: _read(file) for file in files}
    providers = _providers(texts)
    made: dict[Path, Input] = {}

    def make(file: Path, open_files: tuple[Path, ...]) -> Input:
        if file in open_files:
            raise GenError(f"{file}: refers to itself through {open_files[-1]}")
        if file not in made:
            language, text = texts[file]
            uses = tuple(
                (name, make(providers[language, name], (*open_files, file)))
                for name in _needed(file, language, text, providers)
            )
            identity = SchemaIdentity(fingerprint=fingerprint(text))
            schema = Schema(text, language)
            stem = _stem(file)
            origin = f"{stem}/{file.name}" if _is_plain(file) else file.name
            made[file] = Input(origin, stem, schema, identity, uses)
        return made[file]

    for file in files:
        make(file, ())
    return list(made.values())


def _stem(file: Path) -> str:
    """Return the file's name; its folder's where all files are called `schema`."""
    stem = file.name.partition(".")[0]
    return file.absolute().parent.name if _is_plain(file) else stem


def _is_plain(file: Path) -> bool:
    return file.name.partition(".")[0] == "schema"


def _read(file: Path) -> tuple[str, str]:
    language = LANGUAGE_OF_SUFFIX.get(file.suffix)
    if language is None:
        known = ", ".join(LANGUAGE_OF_SUFFIX)
        raise GenError(f"{file}: a schema's file ends in {known}")
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise GenError(f"{file}: larger than {_MOST_BYTES} bytes")
        return language, file.read_text(encoding="utf-8")
    except OSError as error:
        raise GenError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise GenError(f"{file}: not UTF-8") from error


def _providers(
    texts: Mapping[Path, tuple[str, str]],
) -> dict[tuple[str, str], Path]:
    """Return which file brings a name."""
    found: dict[tuple[str, str], Path] = {}
    for file, (language, text) in texts.items():
        for name in _brought(file, language, text):
            found.setdefault((language, name), file)
    return found


def _brought(file: Path, language: str, text: str) -> Iterable[str]:
    if language == AVRO:
        return _avro_names(file, text)[0]
    if language == JSON:
        return (name for name in (_json_id(file, text), file.name) if name)
    return ()


def _needed(
    file: Path,
    language: str,
    text: str,
    providers: Mapping[tuple[str, str], Path],
) -> list[str]:
    if language == PROTOBUF:
        # protoc finds imports itself.
        return []
    if language == JSON:
        wanted = json_nodes.documents_referred_to(text)
        return [name for name in wanted if providers.get((JSON, name), file) != file]
    found: dict[Path, str] = {}
    for candidates in _avro_names(file, text)[1]:
        name = next((each for each in candidates if (AVRO, each) in providers), None)
        if name is None:
            raise GenError(
                f"{file}: uses {candidates[0]!r}, which none of the files defines; name"
                " the file that does as well"
            )
        found.setdefault(providers[AVRO, name], name)
    return list(found.values())


def _avro_names(file: Path, text: str) -> tuple[list[str], list[tuple[str, ...]]]:
    try:
        return avro_nodes.names_in(text)
    except avro_nodes.AvroTextError as error:
        raise GenError(f"{file}: no Avro schema: {error}") from error


def _json_id(file: Path, text: str) -> str:
    try:
        return json_nodes.identifier_of(text)
    except json_nodes.JsonTextError as error:
        raise GenError(f"{file}: no JSON Schema: {error}") from error
