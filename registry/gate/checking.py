"""The gate: what has changed in a project, looked at from every side.

Whether a schema is compatible is decided by the very `check` that a server calls when
the schema is registered, and explained by its explanation.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from registry.application import explanation
from registry.application.cases import Candidate, Case
from registry.application.compatibility import check as held
from registry.application.explanation import Means
from registry.application.parsing import Source
from registry.domain.errors import InvalidSchemaError, RegistryError
from registry.domain.levels import Reach
from registry.domain.loosening import LEVEL_LOOSENED, is_kept, told
from registry.domain.places import Place
from registry.domain.promises import Promise
from registry.domain.schema import ParsedSchema, Strictness
from registry.domain.verdict import Change, Finding
from registry.gate import cache, closures, differences, remarks, rules
from registry.gate.baselines import Baseline
from registry.gate.contracts import Contract
from registry.gate.differences import ChangeClass
from registry.gate.history import Kept, Past
from registry.gate.manifests import ManifestError
from registry.gate.project import Snapshot, version
from registry.gate.report import (
    Kind,
    Located,
    Look,
    Report,
    Suggestion,
    in_order,
)


class Situation:
    """One contract, and all that is known of it. What is not asked for costs nothing.

    Attributes:
        level: In force after the change.
        source: The schema's text with those that it refers to.
        schema: Parsed as strictly as a server does it with a new one.

    """

    def __init__(
        self,
        contract: Contract,
        now: Snapshot,
        baseline: Baseline,
        source: Source,
        clock: Callable[[], int],
    ) -> None:
        self.contract = contract
        self.now = now
        self.source = source
        self.level = now.level(contract)
        self.clock = clock
        self._baseline = baseline

    @cached_property
    def kept(self) -> Kept | None:
        return self._baseline.kept(self.contract)

    @cached_property
    def past(self) -> Past:
        return self._baseline.past(self.kept)

    @cached_property
    def schema(self) -> ParsedSchema:
        return self.now.parsing.parse(self.source, Strictness.STRICT)

    @cached_property
    def is_unchanged(self) -> bool:
        """Whether a registry would answer with a version that is there already."""
        form = self.now.parsing.format(self.source.schema_type)
        return any(
            earlier.schema_type is self.source.schema_type
            and self.past.closures[earlier.version] == self.source.closure
            and form.is_equivalent(self.schema, earlier.schema)
            for earlier in self.past.versions
        )

    @cached_property
    def suggestion(self) -> Suggestion | None:
        """Which version the contract should have; None where that is not known."""
        if self.kept is None:
            return None
        before = version(self.kept.contract)
        store = self.now.reading.cache
        key = cache.key("suggestion", before, *self.facts())
        known = store.get(key)
        if not _is_suggestion(known):
            found = suggestion(self)
            known = [] if found is None else [found.change, found.after]
            store.put(key, known)
        contract = self.contract.manifest.id
        return Suggestion(contract, known[0], before, known[1]) if known else None

    def facts(self) -> Iterator[str]:
        """Yield all that a look at the schema and its past depends on."""
        yield str(self.contract.subject)
        yield self.level.name
        yield self.source.schema_type
        yield self.source.text
        for each in self.source.closure:
            yield from (each.name, each.text)
        yield "past"
        if self.kept is not None:
            yield from self.kept.facts()


def _is_suggestion(value: object) -> bool:
    """Whether a value has the form of one that was kept: a change and a version."""
    return isinstance(value, list) and (
        not value or [type(each) for each in value] == [str, str]
    )


Looking = Callable[[Situation], Iterable[Located]]
Settling = Callable[[Sequence[Located]], Sequence[Located]]


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a contract.

    Attributes:
        is_pure: Whether `Situation.facts` are all that it depends on, so that what it
            once found in order need not be looked at again.
        folder: The folder that it looks into beside the manifest and the schema, by
            the manifest's file; None where there is none.

    """

    kind: Kind
    look: Looking
    is_pure: bool = False
    folder: Callable[[Snapshot, str], str | None] | None = None


def compatibility(it: Situation) -> Iterator[Located]:
    """Hold a contract's schema to its level, and its level to the former one."""
    yield from _of_promises(it)
    if it.is_unchanged:
        return
    yield from _of_history(it)
    past = it.past
    if past.contract is not None and past.contract.subject != it.contract.subject:
        return
    candidate = Candidate(str(it.contract.subject), it.source.schema_type, it.schema)
    form = it.now.parsing.format(it.source.schema_type)
    case = Case(form, candidate, past.versions, Promise(it.level))
    means = Means(it.source.closure, is_whole=True, clock=it.clock)
    findings = explanation.findings(case, means)
    verdict = held(form, candidate, past.versions, case.promise)
    assert verdict.is_compatible or findings  # noqa: S101 - both ask the same case
    yield from (_located(it, each) for each in findings)


COMPATIBILITY: Final = View(Kind.COMPATIBILITY, compatibility, is_pure=True)


def semver(it: Situation) -> Iterator[Located]:
    """Hold a contract's version to the size of its change."""
    suggested = it.suggestion
    if suggested is None:
        return
    stated = version(it.contract)
    numbers = differences.parsed_version(stated)
    least = differences.parsed_version(suggested.after)
    if numbers is None or least is None or numbers >= least:
        return
    yield remarks.of_contract(
        rules.SEMVER,
        Kind.POLICY,
        it.contract,
        f"a {suggested.change} change of {suggested.before} is {suggested.after} at"
        f" least, the version is {stated}",
        Change("changed", suggested.before, stated),
    )


def suggestion(it: Situation) -> Suggestion | None:
    """Return which version a contract should have; None where that is not known."""
    before, past = it.past.contract, it.past.versions
    if before is None or not past or it.is_unchanged:
        return None
    latest = past[-1]
    if latest.schema_type is not it.source.schema_type:
        return None
    form = it.now.parsing.format(it.source.schema_type)
    found = differences.rows(form, latest.schema, it.schema)
    change = differences.change_class(found, it.level)
    after = differences.next_version(version(before), change)
    if after is None or change is ChangeClass.NONE:
        return None
    contract = it.contract.manifest.id
    return Suggestion(contract, change.name.lower(), version(before), after)


SEMVER: Final = View(Kind.POLICY, semver)

VIEWS: Final = (COMPATIBILITY, SEMVER)
"""The looks of `wirepact check` that compare with what came before."""


def _untold(_name: str, _total: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Run:
    """How a project is checked.

    Attributes:
        views: All ways to look at a contract, in order.
        settle: What becomes of all findings in the end: some are waived, some come.
        clock: In milliseconds; looking for fixes ends when it has gone on too long.
        is_whole: Whether what has not changed is looked at as well.
        begun: Told of each contract before it is looked at, and how many there are.

    """

    views: tuple[View, ...] = (COMPATIBILITY,)
    settle: Settling = tuple
    clock: Callable[[], int] = lambda: 0
    is_whole: bool = False
    begun: Callable[[str, int], None] = _untold


def check(now: Snapshot, baseline: Baseline, run: Run = Run()) -> Report:
    """Look at all contracts that have changed, and at those that use one of them.

    Raises:
        GitError: The repository does not have what it should have.
        LockError: The lock file cannot be used.

    """
    checking = _Checking(now, baseline, run)
    checking.look_at_all()
    findings = run.settle(in_order(checking.found))
    return Report(
        in_order(findings),
        tuple(dict.fromkeys(checking.looks)),
        baseline.words,
        tuple(checking.notes()),
        tuple(checking.suggestions),
    )


_MANY = ("contracts are", "were")


class _Checking:
    def __init__(self, now: Snapshot, baseline: Baseline, run: Run) -> None:
        self._now = now
        self._baseline = baseline
        self._run = run
        self._unknown_pasts = 0
        self.found: list[Located] = []
        self.looks: list[Look] = []
        self.suggestions: list[Suggestion] = []
        self._skipped = 0

    def look_at_all(self) -> None:
        wanted = self._wanted()
        self._skipped = len(self._now.places) - len(wanted)
        for name in sorted(wanted):
            self._run.begun(name, len(wanted))
            self._look_at(name)
        self.found += self._doubles(wanted)
        self.found += map(remarks.removed, self._baseline.removed(self._now))

    def notes(self) -> Iterator[str]:
        if self._skipped:
            nouns = ("contract is", "was") if self._skipped == 1 else _MANY
            yield f"{self._skipped} {nouns[0]} as before and {nouns[1]} not looked at"
        if self._unknown_pasts:
            yield (
                f"{self._unknown_pasts} transitive levels were checked against what is"
                " known alone: no lock file tells how many versions there are"
                " (`wirepact lock`)"
            )

    def _wanted(self) -> set[str]:
        """Return what has changed, with all that uses it directly or through others."""
        if self._run.is_whole:
            return {*self._now.places}
        wanted = {*self._baseline.affected(self._now)}
        ahead = [*wanted]
        while ahead:
            changed = self._now.find(ahead.pop())
            for user in self._now.users(changed) if changed else ():
                name = user.manifest.file.as_posix()
                if name not in wanted:
                    wanted.add(name)
                    ahead.append(name)
        return wanted | {*self._with_other_files(wanted)}

    def _with_other_files(self, wanted: Set[str]) -> Iterator[str]:
        """Yield those of which a folder has changed that some view looks into."""
        for view in self._run.views:
            if view.folder is None:
                continue
            for name in self._now.places.keys() - wanted:
                folder = view.folder(self._now, name)
                if folder and self._baseline.has_changed_inside(self._now, folder):
                    yield name

    def _look_at(self, name: str) -> None:
        try:
            contract = self._now.contract(name)
        except ManifestError as error:
            self.found.append(remarks.unreadable(name, error))
            return
        schema_file = _file(contract.manifest.schema_file)
        contract_id = contract.manifest.id
        self.looks.append(Look(contract_id, Kind.MANIFEST, PurePosixPath(name)))
        self.looks.append(Look(contract_id, Kind.SCHEMA, schema_file))
        try:
            source = closures.source_of(self._now, contract)
        except RegistryError as error:
            place = self._place_of(contract, error)
            self.found.append(remarks.invalid(contract, error, place))
            return
        it = Situation(contract, self._now, self._baseline, source, self._run.clock)
        for view in self._run.views:
            self.looks.append(Look(contract_id, view.kind, schema_file))
            if not self._take(view, it):
                break
        else:
            suggested = it.suggestion
            self.suggestions += [suggested] if suggested is not None else []
        if _past_is_unknown(it):
            self._unknown_pasts += 1

    def _take(self, view: View, it: Situation) -> bool:
        """Look once, or remember that it was in order; False for no schema at all."""
        store = self._now.reading.cache
        key = cache.key(view.kind, *it.facts()) if view.is_pure else ""
        if key and store.get(key) is True:
            return True
        try:
            found = [*view.look(it)]
        except RegistryError as error:
            self.found.append(remarks.invalid(it.contract, error))
            return False
        self.found += found
        if key and not found:
            store.put(key, True)
        return True

    def _place_of(self, contract: Contract, error: RegistryError) -> Place | None:
        """Return where a name stands that nothing defines: a parser trips over it."""
        name = getattr(error, "name", None)
        source = Source(contract.manifest.schema_type, contract.text)
        try:
            self._now.parsing.parse(source, Strictness.STRICT)
        except InvalidSchemaError as tripped:
            return tripped.place if name and name in tripped.reason else None
        return None

    def _doubles(self, wanted: Iterable[str]) -> Iterator[Located]:
        """Yield what is said to belong to two contracts."""
        for name in sorted(wanted):
            contract = self._now.find(name)
            if contract is None:
                continue
            manifest = contract.manifest
            for what, claims in (
                (f"id '{manifest.id}'", self._now.with_id(manifest.id)),
                (
                    f"subject '{manifest.subject}'",
                    self._now.claiming(str(manifest.subject)),
                ),
            ):
                others = [
                    each.manifest.file.as_posix()
                    for each in claims
                    if each.manifest.file != manifest.file
                ]
                if others:
                    message = f"the {what} belongs to {' and '.join(others)} too"
                    yield remarks.of_contract(
                        rules.CLAIMED_TWICE, Kind.MANIFEST, contract, message
                    )


def _past_is_unknown(it: Situation) -> bool:
    return (
        it.level.reach is Reach.ALL and it.kept is not None and it.kept.locked is None
    )


def _of_promises(it: Situation) -> Iterator[Located]:
    before = it.past.contract
    if before is None:
        return
    if before.subject != it.contract.subject:
        old, new = str(before.subject), str(it.contract.subject)
        yield remarks.of_contract(
            rules.SUBJECT_CHANGED,
            Kind.POLICY,
            it.contract,
            f"the subject was '{old}' and is '{new}'",
            Change("changed", old, new),
        )
    earlier = it.now.level(before)
    if not is_kept(earlier, it.level):
        yield remarks.of_contract(
            LEVEL_LOOSENED,
            Kind.POLICY,
            it.contract,
            told(earlier, it.level),
            Change("changed", earlier.name, it.level.name),
        )


def _of_history(it: Situation) -> Iterator[Located]:
    missing = it.past.missing(it.level)
    known = len(it.past.versions)
    if missing:
        total = known + missing
        noun = "version" if total == 1 else "versions"
        faults = "".join(f"; {each}" for each in it.past.faults)
        yield remarks.of_contract(
            rules.HISTORY_INCOMPLETE,
            Kind.COMPATIBILITY,
            it.contract,
            f"checked against {known} of {total} {noun}{faults}",
        )


def _located(it: Situation, finding: Finding) -> Located:
    file = it.contract.manifest.schema_file
    old = finding.old_location
    old_file = None if old is None else it.past.files.get(old.version)
    return Located(
        finding, Kind.COMPATIBILITY, it.contract.manifest.id, _file(file), old_file
    )


def _file(file: Path) -> PurePosixPath:
    return PurePosixPath(file.as_posix())
