"""A repository's contracts, and those of any of its trees: what one needs is read.

Most questions are about a few contracts among many. A file is parsed only once its
text says that it may have to do with the question, so that a repository of thousands
of contracts answers as fast as one of a few.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

from registry.application.parsing import Parsing
from registry.domain.configuration import SERVER_DEFAULT, level_of
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.gate import (
    cache,
    contracts,
    file_names,
    folder_settings,
    manifests,
    yaml_text,
)
from registry.gate.cache import Cache, NoCache
from registry.gate.contracts import Contract, Names
from registry.gate.folder_settings import FolderSettings
from registry.gate.manifests import Manifest, ManifestError
from registry.gate.trees import Tree
from registry.gate.yaml_text import Document

_FEW: Final = 30
"""From this many questions on, all contracts are parsed instead of searched."""

_SCHEMA_FILE: Final = re.compile(rb"""schemaFile["']?\s*:\s*["']?([^\s"',}#]+)""")
_NO_LETTER_BEFORE: Final = rb"(?<![0-9A-Za-z_])"
_NO_LETTER_AFTER: Final = rb"(?![0-9A-Za-z_])"
_LAST_NAME: Final = re.compile(r"[^./#:]+(?=[./#:]*$)")
_YAML: Final = ".yaml"
_DRAFT: Final = "draft"
_UNLISTED: Final = frozenset({_DRAFT, "retired"})


@dataclass(frozen=True, slots=True)
class Sketch:
    """Where a contract is, as far as that is known without parsing its manifest.

    Attributes:
        manifest: The name of its file.
        schema: Of the file that its manifest seems to name; None if that is not clear.

    """

    manifest: str
    schema: str | None


class Reading:
    """Texts, understood once: in this run, or in an earlier one."""

    def __init__(self, parsing: Parsing, cache: Cache | None = None) -> None:
        self._parsing = parsing
        self.cache = cache or NoCache()
        self._manifests: dict[tuple[Path, str], Manifest] = {}
        self._names: dict[tuple[SchemaType, str], Names] = {}
        self._schema_files: dict[bytes, list[bytes]] = {}

    def schema_files(self, manifest: bytes) -> list[bytes]:
        """Return what seems to be named as a schema's file; most trees say the same."""
        found = self._schema_files.get(manifest)
        if found is None:
            found = _SCHEMA_FILE.findall(manifest)
            self._schema_files[manifest] = found
        return found

    def manifest(self, file: Path, text: str) -> Manifest:
        """Return what a manifest says.

        Raises:
            ManifestError: It is no YAML, or lacks what is needed.

        """
        known = self._manifests.get((file, text))
        if known is None:
            known = self._manifest(file, text)
            self._manifests[file, text] = known
        return known

    def contract(
        self, manifest: Manifest, schema: str, default: Level | None
    ) -> Contract:
        """Put a manifest and its schema together.

        Raises:
            ManifestError: The schema cannot be read at all.

        """
        language = manifest.schema_type
        names = self._names.get((language, schema))
        if names is None:
            names = self._found_names(manifest, schema)
            self._names[language, schema] = names
        level = manifest.level or default
        return Contract(
            manifest, schema, level, manifest.name or names.name, names.needs
        )

    def _manifest(self, file: Path, text: str) -> Manifest:
        key = cache.key("manifest", text)
        document = _document(self.cache.get(key))
        if document is not None:
            return manifests.of_document(file, document)
        found = manifests.parse(file, text)
        places = found.document.places.items()
        told = {name: [*astuple(place)] for name, place in places}
        self.cache.put(key, [found.document.value, told])
        return found

    def _found_names(self, manifest: Manifest, schema: str) -> Names:
        key = cache.key("names", manifest.schema_type, schema)
        names = _names(self.cache.get(key))
        if names is None:
            names = contracts.names_of(manifest, schema, self._parsing)
            self.cache.put(key, [names.name, [*names.needs]])
        return names


def _document(value: Any) -> Document | None:
    """Return what was cached of a manifest; None if it is damaged."""
    try:
        said, told = value
        return Document(said, {name: Place(*place) for name, place in told.items()})
    except (TypeError, ValueError, AttributeError):
        return None


def _names(value: Any) -> Names | None:
    try:
        name, needs = value
        return Names(name, tuple(needs))
    except (TypeError, ValueError):
        return None


class Snapshot:
    """The contracts of a project as one tree has them.

    Not safe to share by threads.

    Args:
        reading: Shared by the trees of one run, as most of their files are the same.
        is_past: Whether the contracts are as they were: settings that nobody can mend
            any more are read as far as they say what was promised.

    """

    def __init__(
        self,
        tree: Tree,
        folders: Sequence[str],
        parsing: Parsing,
        reading: Reading | None = None,
        *,
        is_past: bool = False,
    ) -> None:
        self.tree = tree
        self.reading = reading or Reading(parsing)
        self.parsing = parsing
        self.folders = tuple(sorted(folders, key=len, reverse=True))
        self._parsed: dict[str, Contract | ManifestError] = {}
        self._is_past = is_past
        self._settings: dict[str, FolderSettings | ManifestError] = {}
        self._questions = 0
        self._by_name: dict[tuple[SchemaType, str], list[str]] | None = None
        self._by_need: dict[tuple[SchemaType, str], list[str]] = {}

    @cached_property
    def manifests(self) -> dict[str, None]:
        """The names of all manifests' files, sorted."""
        inside = f"/{file_names.CONTRACT}"
        names = (each for each in self.tree.names if f"/{each}".endswith(inside))
        return dict.fromkeys(sorted(names))

    @cached_property
    def places(self) -> dict[str, Sketch]:
        """All contracts by the name of their manifest's file, sorted."""
        texts = self.tree.read(self.manifests)
        return {
            name: self._place(name, texts.get(name, b"")) for name in self.manifests
        }

    @cached_property
    def files(self) -> frozenset[str]:
        """The manifests, and the schemas as far as they are known."""
        schemas = (each.schema for each in self.places.values())
        return frozenset((*self.places, *(each for each in schemas if each)))

    def _place(self, name: str, text: bytes) -> Sketch:
        found = self.reading.schema_files(text)
        if len(found) != 1 or b"\\" in text:
            return Sketch(name, None)
        schema = f"{name.rpartition('/')[0]}/{os.fsdecode(found[0])}"
        if b"/" in found[0]:
            schema = os.path.normpath(schema).replace(os.sep, "/")
        schema = schema.removeprefix("/")
        return Sketch(name, schema if schema in self.tree.names else None)

    def contract(self, name: str) -> Contract:
        """Return the contract of a manifest's file; its files are relative.

        Raises:
            ManifestError: The manifest or the schema cannot be read.

        """
        known = self._parsed.get(name)
        if known is None:
            try:
                known = self._contract(name)
            except ManifestError as error:
                known = error
            self._parsed[name] = known
        if isinstance(known, ManifestError):
            raise known
        return known

    def find(self, name: str) -> Contract | None:
        """Return the contract of a manifest's file; None if it cannot be read."""
        try:
            return self.contract(name) if name in self.manifests else None
        except ManifestError:
            return None

    def level(self, contract: Contract) -> Level:
        """Return the level in force: the contract's, its folder's, or the server's."""
        return contract.level or level_of(SERVER_DEFAULT)

    def defaults_file(self, name: str) -> str:
        """Return the file with what holds for all contracts of a root folder."""
        return self.defaults_of(self.root_of(name))

    def defaults_of(self, root: str) -> str:
        """Return the same of a root folder."""
        return f"{root}/{file_names.DEFAULTS}".removeprefix("/")

    def settings(self, root: str) -> FolderSettings:
        """Return what a root folder says of all its contracts.

        Raises:
            ManifestError: It is not what it must be.

        """
        known = self._settings.get(root)
        if known is None:
            try:
                known = self._read_settings(root)
            except ManifestError as error:
                known = error
            self._settings[root] = known
        if isinstance(known, ManifestError):
            raise known
        return known

    def files_in(self, root: str, folder: str) -> tuple[str, ...]:
        """Return the YAML files in one of the folders beside the contracts, sorted."""
        prefix = f"{root}/{folder}/".removeprefix("/")
        found = (
            name
            for name in self.tree.names
            if name.startswith(prefix)
            and name.endswith(_YAML)
            and "/" not in name.removeprefix(prefix)
        )
        return tuple(sorted(found))

    def root_of(self, name: str) -> str:
        """Return the root folder that a file is in."""
        return next(
            each for each in self.folders if not each or name.startswith(f"{each}/")
        )

    def with_id(self, contract_id: str) -> list[Contract]:
        """Return the contracts that have an id, by the names of their files."""
        found = self._mentioning(contract_id.encode(), are_schemas_meant=False)
        return [each for each in found if each.manifest.id == contract_id]

    def claiming(self, subject: str) -> list[Contract]:
        """Return the contracts that have a subject, by the names of their files."""
        # The name alone: how the context is written, only the parser knows.
        bare = subject.rpartition(":")[2]
        found = self._mentioning(bare.encode(), are_schemas_meant=False)
        return [each for each in found if str(each.subject) == subject]

    def is_hidden(self, word: str) -> bool:
        """Whether a word stands in a manifest that cannot be read."""
        hidden = (name for name in self.manifests if self.find(name) is None)
        texts = self.tree.read(hidden).values()
        return any(word.encode() in content for content in texts)

    def named(self, schema_type: SchemaType, name: str) -> list[Contract]:
        """Return the contracts that define a name."""
        if (index := self._indexed()) is not None:
            return [self.contract(each) for each in index.get((schema_type, name), ())]
        return [
            each
            for each in self._mentioning(_last(name))
            if each.name == name and each.manifest.schema_type is schema_type
        ]

    def users(self, contract: Contract) -> list[Contract]:
        """Return the contracts whose schemas use what a contract defines."""
        name, language = contract.name, contract.manifest.schema_type
        if name is None:
            return []
        if self._indexed() is not None:
            found = self._by_need.get((language, name), ())
            return [self.contract(each) for each in found]
        return [
            each
            for each in self._mentioning(_last(name))
            if name in each.needs and each.manifest.schema_type is language
        ]

    def every(self) -> Iterator[Contract]:
        """Yield all contracts that can be read."""
        for name in self.manifests:
            if (found := self.find(name)) is not None:
                yield found

    def _indexed(self) -> dict[tuple[SchemaType, str], list[str]] | None:
        """Return which contracts define a name, once there were enough questions."""
        self._questions += 1
        if self._by_name is None and self._questions > _FEW:
            self._by_name = {}
            for each in self.every():
                language, file = each.manifest.schema_type, each.manifest.file
                if each.name is not None:
                    key = (language, each.name)
                    self._by_name.setdefault(key, []).append(file.as_posix())
                for need in each.needs:
                    self._by_need.setdefault((language, need), []).append(
                        file.as_posix()
                    )
        return self._by_name

    def _mentioning(
        self, word: bytes, *, are_schemas_meant: bool = True
    ) -> Iterator[Contract]:
        """Yield the contracts in whose files a word stands, perhaps in disguise."""
        # A line may be broken where a space stands.
        word = max(word.split(), key=len, default=word)
        alone = re.compile(_NO_LETTER_BEFORE + re.escape(word) + _NO_LETTER_AFTER)
        for name, manifest, schema, is_unclear in self._searched:
            texts = (manifest, schema) if are_schemas_meant else (manifest,)
            is_hidden = is_unclear[are_schemas_meant]
            # In most texts it does not stand at all, which is known sooner.
            if is_hidden or any(word in it and alone.search(it) for it in texts):
                found = self.find(name)
                if found is not None:
                    yield found

    @cached_property
    def _searched(self) -> list[tuple[str, bytes, bytes, tuple[bool, bool]]]:
        """All texts, and whether a word may hide in a manifest, or in either."""
        texts = self.tree.read(self.files)
        found: list[tuple[str, bytes, bytes, tuple[bool, bool]]] = []
        for place in self.places.values():
            manifest = texts.get(place.manifest, b"")
            schema = texts.get(place.schema or "", b"")
            # Escapes of YAML, JSON and addresses may hide any word.
            is_unclear = b"\\" in manifest or b"''" in manifest
            is_hidden = place.schema is None or b"\\" in schema or b"%" in schema
            sides = (is_unclear, is_unclear or is_hidden)
            found.append((place.manifest, manifest, schema, sides))
        return found

    def _contract(self, name: str) -> Contract:
        file = Path(name)
        manifest = self.reading.manifest(file, self.text(file, yaml_text.MAX_BYTES))
        schema = self.text(manifest.schema_file, self.parsing.limits.max_schema_bytes)
        default = self.settings(self.root_of(name)).level
        return self.reading.contract(manifest, schema, default)

    def _read_settings(self, root: str) -> FolderSettings:
        name = self.defaults_of(root)
        if name not in self.tree.names:
            return FolderSettings()
        text = self.text(Path(name), yaml_text.MAX_BYTES)
        read = folder_settings.of_past if self._is_past else folder_settings.of
        return read(Path(name), text)

    def text(self, file: Path, max_bytes: int) -> str:
        """Return what a file says.

        Raises:
            ManifestError: It is not there, is too large, or is no UTF-8.

        """
        name = os.path.normpath(file).replace(os.sep, "/")
        if name not in self.tree.names:
            raise ManifestError(file, "expected a file, found nothing")
        try:
            content = self.tree.read((name,)).get(name)
        except OSError as error:
            raise ManifestError(file, f"cannot be read: {error.strerror}") from error
        if content is None or len(content) > max_bytes:
            size = "more" if content is None else str(len(content))
            raise ManifestError(
                file, f"expected at most {max_bytes} bytes, found {size}"
            )
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            reason = f"expected text in UTF-8, found another byte at {error.start}"
            raise ManifestError(file, reason) from error


def is_given_up(contract: Contract) -> bool:
    """Whether a contract may go: nobody relies on it yet, or any more."""
    return status(contract) in _UNLISTED


def is_draft(contract: Contract) -> bool:
    return status(contract) == _DRAFT


def status(contract: Contract) -> str:
    return str(contract.manifest.document.value.get("status", ""))


def version(contract: Contract) -> str:
    return str(contract.manifest.document.value.get("version", ""))


def relative(file: Path) -> PurePosixPath:
    return PurePosixPath(file.as_posix())


def _last(name: str) -> bytes:
    """Return the part of a name that is written wherever the name is used."""
    found = _LAST_NAME.search(name)
    return (found[0] if found else name).encode()
