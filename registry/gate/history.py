"""What came before a contract: its earlier versions, as far as they are known."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from registry.application.cases import Earlier
from registry.application.parsing import Parsing, Source
from registry.domain.errors import RegistryError
from registry.domain.levels import Reach
from registry.domain.model import SchemaType
from registry.domain.schema import ResolvedReference
from registry.gate import closures, file_names, lock, promised, told
from registry.gate.contracts import Contract
from registry.gate.lock import Locked
from registry.gate.manifests import ManifestError
from registry.gate.promised import Beside
from registry.gate.snapshots import Snapshot

_NUMBERED = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Past:
    """What a contract was.

    Attributes:
        contract: As it was; None for one that is new.
        versions: Oldest first.
        closures: What each version was parsed with, by its number.
        files: Where the text of a version was read from, by its number.
        total: How many versions there are; None if that is not known.
        faults: Why a version could not be taken in, one sentence each.

    """

    contract: Contract | None = None
    versions: tuple[Earlier, ...] = ()
    closures: Mapping[int, tuple[ResolvedReference, ...]] = field(default_factory=dict)
    files: Mapping[int, str] = field(default_factory=dict)
    total: int | None = None
    faults: tuple[str, ...] = ()

    def missing(self, reach: Reach) -> int:
        """Return how many versions are to be looked at and are not known."""
        if reach is Reach.NOTHING:
            return 0
        if reach is Reach.LATEST:
            return int(bool(self.faults) or (bool(self.total) and not self.versions))
        return max((self.total or 0) - len(self.versions), len(self.faults))


@dataclass(frozen=True, slots=True)
class _Text:
    number: int
    file: str
    source: Source


@dataclass(frozen=True)
class Kept:
    """The texts of a contract's past, oldest first, as they lie there.

    Attributes:
        latest: The contract's own text, where that is a version.
        beside: What the latest version was stored with. Of those that are kept as
            texts alone nothing is known; they count as having the same.
        faults: Why a version could not be read, one sentence each.

    """

    contract: Contract
    texts: tuple[_Text, ...]
    latest: _Text | None
    locked: Locked | None
    faults: tuple[str, ...]

    @cached_property
    def beside(self) -> Beside:
        manifest = self.contract.manifest
        return promised.beside(manifest, promised.config_of(manifest))

    def facts(self) -> Iterator[str]:
        """Yield all that a verdict depends on."""
        yield repr(self.locked)
        yield from self.faults
        yield f"{self.contract.level} {self.contract.subject}"
        yield repr(told.entry(self.contract.manifest))
        for each in (*self.texts, *((self.latest,) if self.latest else ())):
            yield f"{each.number} {each.source.schema_type}"
            yield each.source.text
            for reference in each.source.closure:
                yield from (reference.name, reference.text)


class Archive:
    """The versions that a tree keeps of its contracts, and its lock file.

    Args:
        label: Put behind the names of files: `@3f2a1bc`.

    """

    def __init__(self, snapshot: Snapshot, label: str) -> None:
        self._snapshot = snapshot
        self._label = label

    @cached_property
    def _locks(self) -> dict[str, dict[str, Locked]]:
        return {}

    @cached_property
    def _kept(self) -> dict[str, list[str]]:
        """The files of kept versions, by the folder of their contract."""
        found: dict[str, list[str]] = {}
        for name in self._snapshot.tree.names:
            folder, _, _file = name.rpartition("/")
            above, _, last = folder.rpartition("/")
            if last == file_names.VERSIONS:
                found.setdefault(above, []).append(name)
        return found

    def locked(self, contract: Contract) -> Locked | None:
        """Return what the lock file says of a contract.

        Raises:
            LockError: The lock file cannot be used.

        """
        root = self._snapshot.root_of(contract.manifest.file.as_posix())
        if root not in self._locks:
            name = f"{root}/{file_names.LOCK}".removeprefix("/")
            content = self._snapshot.tree.read((name,)).get(name)
            text = None if content is None else content.decode(errors="replace")
            self._locks[root] = {} if text is None else lock.read(text)
        return self._locks[root].get(str(contract.subject))

    def has_lock(self, contract: Contract) -> bool:
        root = self._snapshot.root_of(contract.manifest.file.as_posix())
        return (
            f"{root}/{file_names.LOCK}".removeprefix("/") in self._snapshot.tree.names
        )

    def files_of(self, contract: Contract) -> list[str]:
        """Return the names of the files with its kept versions, oldest first."""
        folder = contract.manifest.file.parent.as_posix()
        numbered = ((_number(each), each) for each in self._kept.get(folder, ()))
        return [each for number, each in sorted(numbered) if number]

    def kept(self, contract: Contract, *, with_text: bool) -> Kept:
        """Return the texts of a contract's past; none of them is parsed.

        Args:
            contract: As this tree has it.
            with_text: Whether its own text is a version too: the latest.

        """
        texts: list[_Text] = []
        faults: list[str] = []
        for name in self.files_of(contract):
            try:
                texts.append(self._text(contract.manifest.schema_type, name))
            except (ManifestError, RegistryError) as error:
                faults.append(f"{name}{self._label} cannot be read: {error}")
        latest = None
        if with_text:
            number = texts[-1].number + 1 if texts else 1
            file = contract.manifest.schema_file.as_posix()
            try:
                source = closures.source_of(self._snapshot, contract)
                latest = _Text(number, file, source)
            except RegistryError as error:
                faults.append(f"{file}{self._label} cannot be read: {error}")
        locked = self.locked(contract)
        return Kept(contract, tuple(texts), latest, locked, tuple(faults))

    def past(self, kept: Kept) -> Past:
        """Parse what was kept."""
        reading = _Reading(self._snapshot.parsing, self._label, kept)
        for each in kept.texts:
            reading.take(each)
        if kept.latest is not None:
            reading.take_latest(kept.latest)
        total = reading.number_by(kept.locked)
        files = {number: f"{f}{self._label}" for number, f in reading.files.items()}
        return Past(
            kept.contract,
            tuple(reading.versions),
            reading.closures,
            files,
            total,
            tuple(reading.faults),
        )

    def _text(self, language: SchemaType, name: str) -> _Text:
        parsing = self._snapshot.parsing
        text = self._snapshot.text(Path(name), parsing.limits.max_schema_bytes)
        needs = sorted(parsing.format(language).external_names(text))
        source = closures.source(self._snapshot, language, text, needs)
        return _Text(_number(name), name, source)


class _Reading:
    """Texts, parsed one after the other."""

    def __init__(self, parsing: Parsing, label: str, kept: Kept) -> None:
        self._parsing = parsing
        self._label = label
        self._metadata = kept.beside.metadata
        self.versions: list[Earlier] = []
        self.closures: dict[int, tuple[ResolvedReference, ...]] = {}
        self.files: dict[int, str] = {}
        self.faults = [*kept.faults]

    def take(self, text: _Text) -> None:
        source = text.source
        try:
            schema = self._parsing.parse(source)
        except RegistryError as error:
            self.faults.append(f"{text.file}{self._label} cannot be read: {error}")
            return
        language, metadata = source.schema_type, self._metadata
        self.versions.append(Earlier(text.number, 0, language, schema, metadata))
        self.closures[text.number] = source.closure
        self.files[text.number] = text.file

    def take_latest(self, text: _Text) -> None:
        """Take the text that follows what is kept, unless that is kept already."""
        before = self.versions[-1] if self.versions else None
        self.take(text)
        if before is None or self.versions[-1] is before:
            return
        latest = self.versions[-1]
        is_kept = latest.schema.canonical == before.schema.canonical
        if is_kept and self.closures[text.number] == self.closures[before.version]:
            self._drop(text.number)

    def number_by(self, locked: Locked | None) -> int | None:
        """Give the latest the number that a lock file knows; return how many exist."""
        if locked is None:
            return None
        latest = self.versions[-1] if self.versions else None
        if latest is None:
            return locked.version
        if sha256(latest.schema.canonical) == locked.sha256:
            self._renumber(latest, locked.version)
            return locked.version
        # What was merged after the lock was written is a version more.
        if latest.version <= locked.version:
            self._renumber(latest, locked.version + 1)
        return locked.version + 1

    def _renumber(self, latest: Earlier, number: int) -> None:
        if number == latest.version:
            return
        self.versions[-1] = replace(latest, version=number)
        self.closures[number] = self.closures.pop(latest.version)
        self.files[number] = self.files.pop(latest.version)

    def _drop(self, number: int) -> None:
        del self.versions[-1], self.closures[number], self.files[number]


def sha256(text: str) -> str:
    """Return the digest by which a lock file names a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _number(name: str) -> int:
    """Return the number that a file of a version is named by; 0 for no number."""
    stem = name.rpartition("/")[2].partition(".")[0]
    return int(stem) if _NUMBERED.fullmatch(stem) else 0
