"""What came before a contract: its earlier versions, as far as they are known."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from registry.application.cases import Earlier
from registry.application.parsing import Parsing, Source
from registry.domain.errors import RegistryError
from registry.domain.levels import Level, Reach
from registry.domain.model import SchemaType
from registry.domain.schema import ResolvedReference
from registry.gate import closures, file_names, lock, promised, told
from registry.gate.contracts import Contract
from registry.gate.lock import Locked, LockError
from registry.gate.manifests import ManifestError
from registry.gate.promised import Beside
from registry.gate.snapshots import Snapshot

_NUMBERED = re.compile("[0-9]{1,9}")
_IN_VERSIONS = f"{file_names.VERSIONS}/"


@dataclass(frozen=True, slots=True)
class Past:
    """What a contract was.

    Attributes:
        contract: As it was; None for one that is new.
        subject: That it was registered under; None for one that is new.
        level: That it promised; the same.
        versions: Oldest first.
        closures: What each version was parsed with, by its number.
        files: Where the text of a version was read from, by its number.
        total: How many versions there have been; None if that is not known.
        gone: How many of these were deleted.
        faults: Why a version could not be taken in, one sentence each.

    """

    contract: Contract | None = None
    subject: str | None = None
    level: Level | None = None
    versions: tuple[Earlier, ...] = ()
    closures: Mapping[int, tuple[ResolvedReference, ...]] = field(default_factory=dict)
    files: Mapping[int, str] = field(default_factory=dict)
    total: int | None = None
    gone: int = 0
    faults: tuple[str, ...] = ()

    def missing(self, reach: Reach) -> int:
        """Return how many versions are to be looked at and are not known."""
        if reach is Reach.NOTHING:
            return 0
        if reach is Reach.LATEST:
            newest = self.versions[-1].version if self.versions else 0
            return int(bool(self.faults) or newest < (self.total or 0))
        return max((self.total or 0) - self.gone - len(self.versions), len(self.faults))


@dataclass(frozen=True, slots=True)
class _Text:
    """A version as it lies there; its file is told with the tree that has it."""

    number: int
    file: str
    source: Source


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a change itself brings along of a contract's past.

    It says what else is to be compared with, and never that something is not: texts
    that were there before stay, and the candidate is no version of its own past.
    """

    texts: tuple[_Text, ...] = ()
    locked: Locked | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """The texts of a contract's past, oldest first, as they lie there.

    Attributes:
        subject: That the contract was registered under.
        level: That it promised.
        latest: The contract's own text, where that is a version.
        beside: What the latest version was stored with. Of those that are kept as
            texts alone nothing is known; they count as having the same.
        faults: Why a version could not be read, one sentence each.

    """

    contract: Contract
    subject: str
    level: Level
    texts: tuple[_Text, ...]
    latest: _Text | None
    locked: Locked | None
    faults: tuple[str, ...]
    arrived: Arrived = Arrived()

    @property
    def has_texts(self) -> bool:
        """Whether earlier versions are kept beside the contract's own text."""
        return bool(self.texts or self.arrived.texts)

    @property
    def has_newer_lock(self) -> bool:
        """Whether a lock file has arrived that tells of more versions."""
        theirs = self.arrived.locked
        return theirs is not None and (
            self.locked is None or theirs.version > self.locked.version
        )

    @property
    def newest_lock(self) -> Locked | None:
        return self.arrived.locked if self.has_newer_lock else self.locked

    @cached_property
    def beside(self) -> Beside:
        manifest = self.contract.manifest
        return promised.beside(manifest, promised.config_of(manifest))

    def facts(self) -> Iterator[str]:
        """Yield all that a verdict depends on."""
        yield f"{self.locked!r} {self.arrived.locked!r}"
        yield from (*self.faults, *self.arrived.faults)
        yield f"{self.level} {self.subject}"
        yield repr(told.entry(self.contract.manifest))
        yield from _facts((*self.texts, *((self.latest,) if self.latest else ())))
        yield "arrived"
        yield from _facts(self.arrived.texts)


def _facts(texts: Iterable[_Text]) -> Iterator[str]:
    for each in texts:
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
    def _subjects(self) -> dict[str, dict[str, str]]:
        """The subjects of lock files by the ids of their contracts, by root folder."""
        return {}

    @cached_property
    def _kept(self) -> dict[str, list[str]]:
        """The files of kept versions, by the folder of their contract."""
        found: dict[str, list[str]] = {}
        for name in self._snapshot.tree.names:
            if _IN_VERSIONS not in name:
                continue  # As most; the rest takes longer.
            folder, _, _file = name.rpartition("/")
            above, _, last = folder.rpartition("/")
            if last == file_names.VERSIONS:
                found.setdefault(above, []).append(name)
        return found

    def locked_in(self, root: str) -> Mapping[str, Locked]:
        """Return what the lock file of a root folder says, by subject.

        Raises:
            LockError: The lock file cannot be used.

        """
        if root not in self._locks:
            text = self.lock_text(root)
            try:
                self._locks[root] = {} if text is None else lock.read(text)
            except LockError as error:
                file = f"{file_names.lock_of(root)}{self._label}"
                raise LockError(f"{file}: {error}") from error
        return self._locks[root]

    def lock_text(self, root: str) -> str | None:
        name = file_names.lock_of(root)
        content = self._snapshot.tree.read((name,)).get(name)
        return None if content is None else content.decode(errors="replace")

    def _locked(self, contract: Contract) -> tuple[str, Locked | None]:
        """Return what the lock file has of a contract, and under which subject."""
        subject = str(contract.subject)
        root = self._snapshot.root_of(contract.manifest.file.as_posix())
        found = self.locked_in(root)
        if subject not in found:
            former = self._subjects_in(root).get(contract.manifest.id)
            return (subject, None) if former is None else (former, found[former])
        return subject, found[subject]

    def _subjects_in(self, root: str) -> dict[str, str]:
        if root not in self._subjects:
            found = self.locked_in(root)
            self._subjects[root] = {
                each.contract: name for name, each in found.items() if each.contract
            }
        return self._subjects[root]

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
        texts, faults = self._texts(contract)
        latest = None
        if with_text:
            number = texts[-1].number + 1 if texts else 1
            file = f"{contract.manifest.schema_file.as_posix()}{self._label}"
            try:
                source = closures.source_of(self._snapshot, contract)
                latest = _Text(number, file, source)
            except RegistryError as error:
                faults.append(f"{file} cannot be read: {error}")
        subject, locked = self._locked(contract)
        level = self._snapshot.level(contract)
        if with_text:
            subject = str(contract.subject)
        elif locked is not None:
            level = locked.level
        return Kept(
            contract, subject, level, tuple(texts), latest, locked, tuple(faults)
        )

    def arrived(self, contract: Contract, known: Set[int]) -> Arrived:
        """Return what this tree keeps of a contract's past beside what is known.

        Args:
            known: The numbers of the versions that another tree has kept.

        """
        texts, faults = self._texts(contract, known)
        return Arrived(tuple(texts), self._locked(contract)[1], tuple(faults))

    def _texts(
        self, contract: Contract, known: Set[int] = frozenset()
    ) -> tuple[list[_Text], list[str]]:
        """Return the kept versions but for some, and why others cannot be read."""
        texts: list[_Text] = []
        faults: list[str] = []
        for name in self.files_of(contract):
            if _number(name) in known:
                continue
            try:
                texts.append(self._text(contract.manifest.schema_type, name))
            except (ManifestError, RegistryError) as error:
                faults.append(f"{name}{self._label} cannot be read: {error}")
        return texts, faults

    def _text(self, language: SchemaType, name: str) -> _Text:
        parsing = self._snapshot.parsing
        text = self._snapshot.text(Path(name), parsing.limits.max_schema_bytes)
        needs = sorted(parsing.format(language).external_names(text))
        source = closures.source(self._snapshot, language, text, needs)
        return _Text(_number(name), f"{name}{self._label}", source)


def past(kept: Kept, parsing: Parsing, candidate: Source) -> Past:
    """Parse what was kept.

    Args:
        candidate: What is held against it: what the change has brought along and is
            the very same was registered from it, and is not its past.

    """
    reading = _Reading(parsing, kept, candidate)
    earlier = [(each, False) for each in kept.texts]
    arrived = [(each, True) for each in kept.arrived.texts]
    for text, has_arrived in sorted((*earlier, *arrived), key=lambda it: it[0].number):
        reading.take(text, has_arrived=has_arrived)
    if kept.latest is not None:
        # After all that has arrived: what was there last is always looked at.
        number = max((1, *(each + 1 for each in reading.files)))
        reading.take_latest(replace(kept.latest, number=number))
    total = reading.number_by(kept.newest_lock, has_arrived=kept.has_newer_lock)
    return Past(
        kept.contract,
        kept.subject,
        kept.level,
        tuple(reading.versions),
        reading.closures,
        reading.files,
        total,
        0 if kept.newest_lock is None else kept.newest_lock.gone,
        tuple(reading.faults),
    )


class _Reading:
    """Texts, parsed one after the other."""

    def __init__(self, parsing: Parsing, kept: Kept, candidate: Source) -> None:
        self._parsing = parsing
        self._candidate = candidate
        self._metadata = kept.beside.metadata
        self._has_latest = kept.latest is not None
        self.versions: list[Earlier] = []
        self.closures: dict[int, tuple[ResolvedReference, ...]] = {}
        self.files: dict[int, str] = {}
        self.faults = [*kept.faults, *kept.arrived.faults]

    @cached_property
    def _canonical(self) -> str | None:
        """The candidate, as a registry stores it; None if no registry would."""
        try:
            return self._parsing.parse(self._candidate).canonical
        except RegistryError:
            return None

    def take(self, text: _Text, *, has_arrived: bool = False) -> None:
        source = text.source
        try:
            schema = self._parsing.parse(source)
        except RegistryError as error:
            self.faults.append(f"{text.file} cannot be read: {error}")
            return
        is_as_closed = source.closure == self._candidate.closure
        if has_arrived and is_as_closed and schema.canonical == self._canonical:
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

    def number_by(self, locked: Locked | None, *, has_arrived: bool) -> int | None:
        """Give the latest the number that a lock file knows; return how many exist."""
        if locked is None:
            return None
        latest = self.versions[-1] if self.versions else None
        if latest is None:
            return locked.version
        if has_arrived and self._is_candidate(locked):
            # It was registered before the lock was written: its past is one less.
            before = max(locked.version - 1, len(self.versions))
            self._renumber(latest, before)
            return before
        if sha256(latest.schema.canonical) == locked.sha256:
            self._renumber(latest, locked.version)
            return locked.version
        if not self._has_latest:
            return max(locked.version, latest.version)
        # What was merged after the lock was written is a version more.
        if latest.version <= locked.version:
            self._renumber(latest, locked.version + 1)
        return locked.version + 1

    def _is_candidate(self, locked: Locked) -> bool:
        canonical = self._canonical
        return canonical is not None and sha256(canonical) == locked.sha256

    def _renumber(self, latest: Earlier, number: int) -> None:
        if number in self.closures:
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
