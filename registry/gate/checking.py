"""The gate: what has changed in a project, looked at from every side."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import PurePosixPath

from registry.application.parsing import Source
from registry.domain.errors import InvalidSchemaError, RegistryError
from registry.domain.places import Place
from registry.domain.schema import Strictness
from registry.gate import cache, closures, doubles, pasts, remarks, rules
from registry.gate.baselines import Baseline
from registry.gate.contracts import Contract
from registry.gate.manifests import ManifestError
from registry.gate.report import (
    Kind,
    Located,
    Look,
    Report,
    Suggestion,
    in_order,
)
from registry.gate.situations import Situation
from registry.gate.snapshots import Snapshot, relative
from registry.gate.views import View

Settling = Callable[[Sequence[Located], Set[str]], Sequence[Located]]
"""Gets the findings, and the subjects of which all was found that could be."""


def as_found(findings: Sequence[Located], _seen: Set[str]) -> Sequence[Located]:
    """Settle nothing."""
    return findings


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

    views: tuple[View, ...]
    settle: Settling = as_found
    clock: Callable[[], int] = lambda: 0
    is_whole: bool = False
    begun: Callable[[str, int], None] = _untold


def check(now: Snapshot, baseline: Baseline, run: Run) -> Report:
    """Look at all contracts that have changed, and at those that use one of them.

    Raises:
        GitError: The repository does not have what it should have.
        LockError: The lock file cannot be used.

    """
    checking = _Checking(now, baseline, run)
    checking.look_at_all()
    found = in_order(doubles.once(checking.found))
    findings = run.settle(found, checking.seen)
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
        self._unsure: list[Situation] = []
        self.found: list[Located] = []
        self.looks: list[Look] = []
        self.seen: set[str] = set()
        self.suggestions: list[Suggestion] = []
        self._skipped = 0

    def look_at_all(self) -> None:
        wanted = self._wanted()
        self._skipped = len(self._now.manifests) - len(wanted)
        for name in sorted(wanted):
            self._run.begun(name, len(wanted))
            self._look_at(name)
        self.found += self._doubles(wanted)
        self.found += map(remarks.removed, self._baseline.lost(self._now))
        self.found += pasts.missed(self._unsure, self._baseline)

    def notes(self) -> Iterator[str]:
        if self._skipped:
            nouns = ("contract is", "was") if self._skipped == 1 else _MANY
            yield f"{self._skipped} {nouns[0]} as before and {nouns[1]} not looked at"
        yield from pasts.notes(self._unsure, self._baseline)

    def _wanted(self) -> set[str]:
        """Return what has changed, with all that uses it directly or through others."""
        if self._run.is_whole:
            return {*self._now.manifests}
        wanted = {*self._baseline.affected(self._now)}
        changed = [self._now.find(each) for each in wanted]
        ahead = [*changed, *self._baseline.defined(self._now)]
        while ahead:
            defining = ahead.pop()
            for user in self._now.users(defining) if defining else ():
                name = user.manifest.file.as_posix()
                if name not in wanted:
                    wanted.add(name)
                    ahead.append(user)
        return wanted | {*self._with_other_files(wanted)}

    def _with_other_files(self, wanted: Set[str]) -> Iterator[str]:
        """Yield those of which a folder has changed that some view looks into."""
        for view in self._run.views:
            if view.folder is None:
                continue
            for name in self._now.manifests.keys() - wanted:
                folder = view.folder(self._now, name)
                if folder and self._baseline.has_changed_inside(self._now, folder):
                    yield name

    def _look_at(self, name: str) -> None:
        try:
            contract = self._now.contract(name)
        except ManifestError as error:
            self._refuse(name, error)
            return
        schema_file = relative(contract.manifest.schema_file)
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
            self.seen.add(str(contract.subject))
            suggested = it.suggestion
            self.suggestions += [suggested] if suggested is not None else []
            self._unsure += [it] if pasts.is_unknown(it) else []

    def _take(self, view: View, it: Situation) -> bool:
        """Look once, or remember that it was in order; False for no schema at all."""
        store = self._now.reading.cache
        key = "" if view.facts is None else cache.key(view.kind, *view.facts(it))
        if key and store.get(key) is True:
            return True
        try:
            found = [*view.look(it)]
        except RegistryError as error:
            self.found.append(remarks.invalid(it.contract, error))
            return False
        except ManifestError as error:
            self._refuse(it.contract.manifest.file.as_posix(), error)
            return True
        self.found += found
        if key and not found:
            store.put(key, True)
        return True

    def _refuse(self, name: str, error: ManifestError) -> None:
        """Tell what cannot be read; once, where it is said of many contracts."""
        located = remarks.unreadable(name, error)
        if located not in self.found:
            self.found.append(located)

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
            subject = str(manifest.subject)
            for what, claims, at in (
                (
                    f"id '{manifest.id}'",
                    self._now.with_id(manifest.id),
                    remarks.member_at(contract, "id"),
                ),
                (
                    f"subject '{subject}'",
                    self._now.claiming(subject),
                    remarks.told_at(contract, "subject"),
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
                        rules.CLAIMED_TWICE, Kind.MANIFEST, contract, message, at=at
                    )
