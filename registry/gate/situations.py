"""One contract of a run, and all that is known of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property

from registry.application.cases import Earlier
from registry.application.parsing import Source
from registry.domain.configuration import Config
from registry.domain.levels import Reach
from registry.domain.promises import Promise, hold_field_names, strictness_of
from registry.domain.rule_sets import same_metadata
from registry.domain.schema import ParsedSchema
from registry.gate import cache, promised, told
from registry.gate.baselines import Baseline
from registry.gate.contracts import Contract
from registry.gate.history import Kept, Past, sha256
from registry.gate.manifests import Manifest
from registry.gate.promised import Beside
from registry.gate.report import Suggestion
from registry.gate.snapshots import Snapshot, is_draft, version


class Situation:
    """One contract, and all that is known of it. What is not asked for costs nothing.

    Attributes:
        level: In force after the change.
        before: What the registry was told last; None for a contract that is new.
        config: Of the subject, once the registry is told what the manifest says.
        promise: What the registry would hold the schema to.
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
        return self._baseline.kept(self.contract, self.now)

    @cached_property
    def past(self) -> Past:
        return self._baseline.past(self.kept, self.now, self.source)

    @cached_property
    def fault_of_past(self) -> str | None:
        """Why a contract that looks new may be none; None where it is what it seems."""
        return self._baseline.find_fault(self.contract) if self.kept is None else None

    @property
    def before(self) -> Manifest | None:
        return None if self.kept is None else self.kept.contract.manifest

    @cached_property
    def config(self) -> Config:
        found = promised.config_of(self.contract.manifest, self.before)
        return replace(found, level=self.level)

    @cached_property
    def promise(self) -> Promise:
        named = promised.policies_of(self.contract.manifest, self.before)
        return Promise.of(self.config, named)

    @property
    def reach(self) -> Reach:
        """How much of the history is to be known."""
        if self.promise.policies or self.promise.group is not None:
            return Reach.ALL
        is_nothing = self.level.reach is Reach.NOTHING
        is_asked = is_nothing and self.promise.validates_fields
        return Reach.LATEST if is_asked else self.level.reach

    @cached_property
    def beside(self) -> Beside:
        latest = promised.NOTHING if self.kept is None else self.kept.beside
        return promised.beside(self.contract.manifest, self.config, latest)

    @property
    def ungrouped(self) -> int:
        """How many versions may be of the schema's group and are not compared.

        Of versions that are kept as texts alone it is not known which group they are
        of. Where the schema is of the same one as the latest, all of them are compared.
        """
        group, kept = self.promise.group, self.kept
        if group is None or kept is None:
            return 0
        pair = (self.beside.metadata, kept.beside.metadata)
        ours, theirs = (each.properties.get(group) if each else None for each in pair)
        return 0 if ours == theirs else len(kept.texts)

    @cached_property
    def schema(self) -> ParsedSchema:
        schema = self.now.parsing.parse(self.source, strictness_of(self.config))
        if self.promise.validates_fields:
            form = self.now.parsing.format(self.source.schema_type)
            hold_field_names(form.top_level_names(schema))
        return schema

    @cached_property
    def is_unchanged(self) -> bool:
        """Whether a registry would answer with a version that is there already."""
        form = self.now.parsing.format(self.source.schema_type)
        return self._is_as_locked or any(
            earlier.schema_type is self.source.schema_type
            and self._is_stored_so(earlier)
            and self.past.closures[earlier.version] == self.source.closure
            and form.is_equivalent(self.schema, earlier.schema)
            for earlier in self.past.versions
        )

    @property
    def is_draft(self) -> bool:
        """Whether it is a draft, and was one: who is relied on cannot become one."""
        was_draft = self.kept is None or is_draft(self.kept.contract)
        return was_draft and is_draft(self.contract)

    @property
    def _is_as_locked(self) -> bool:
        """Whether the lock file has this very text, of which it keeps no version."""
        kept = self.kept
        if not self._baseline.is_lock or kept is None or kept.locked is None:
            return False
        is_kept = any(each.number == kept.locked.version for each in kept.texts)
        if is_kept or kept.subject != str(self.contract.subject):
            return False
        return sha256(self.schema.canonical) == kept.locked.sha256

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

    def _is_stored_so(self, earlier: Earlier) -> bool:
        rules = None if self.kept is None else self.kept.beside.rule_set
        wanted, stored = self.beside.metadata, earlier.metadata
        return self.beside.rule_set == rules and same_metadata(
            wanted, stored, earlier.version
        )

    def facts(self) -> Iterator[str]:
        """Yield all that a look at the schema and its past depends on."""
        yield str(self.contract.subject)
        yield self.level.name
        yield repr(told.entry(self.contract.manifest))
        yield self.source.schema_type
        yield self.source.text
        for each in self.source.closure:
            yield from (each.name, each.text)
        yield "past"
        if self.kept is not None:
            yield from self.kept.facts()
        yield self.fault_of_past or ""


def _is_suggestion(value: object) -> bool:
    """Whether a value has the form of one that was kept: a change and a version."""
    return isinstance(value, list) and (
        not value or [type(each) for each in value] == [str, str]
    )
