"""One contract of a run, and all that is known of it."""

from collections.abc import Callable, Iterator
from functools import cached_property

from registry.application.parsing import Source
from registry.domain.levels import Reach
from registry.domain.promises import Promise
from registry.domain.schema import ParsedSchema, Strictness
from registry.gate import cache, promised
from registry.gate.baselines import Baseline
from registry.gate.contracts import Contract
from registry.gate.history import Kept, Past
from registry.gate.promised import Beside
from registry.gate.report import Suggestion
from registry.gate.snapshots import Snapshot, version


class Situation:
    """One contract, and all that is known of it. What is not asked for costs nothing.

    Attributes:
        level: In force after the change.
        promise: What a registry would hold the schema to: the level, and what else the
            manifest tells.
        beside: What the version would be stored with.
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
    def promise(self) -> Promise:
        return promised.promise_of(self.contract.manifest, self.level)

    @property
    def reach(self) -> Reach:
        """How much of the history is looked at."""
        return Reach.ALL if self.promise.policies else self.level.reach

    @cached_property
    def beside(self) -> Beside:
        latest = promised.NOTHING if self.kept is None else self.kept.beside
        return promised.beside(self.contract.manifest, latest)

    @cached_property
    def schema(self) -> ParsedSchema:
        return self.now.parsing.parse(self.source, Strictness.STRICT)

    @cached_property
    def is_unchanged(self) -> bool:
        """Whether a registry would answer with a version that is there already."""
        if self.kept is not None and self.kept.beside != self.beside:
            return False
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
            # Late: what compares takes longer to import than most runs have to compare.
            from registry.gate import looks

            found = looks.suggestion(self)
            known = [] if found is None else [found.change, found.after]
            store.put(key, known)
        contract = self.contract.manifest.id
        return Suggestion(contract, known[0], before, known[1]) if known else None

    def facts(self) -> Iterator[str]:
        """Yield all that a look at the schema and its past depends on."""
        yield str(self.contract.subject)
        yield repr(self.promise)
        yield repr(self.beside)
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
