"""The history of a subject, as a check and its explanation need it."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.application import deadlines, explanation
from registry.application.candidates import Parsed
from registry.application.cases import Candidate, Case, Earlier
from registry.application.compatibility import Verdict, check
from registry.application.explanation import Means
from registry.application.ledger import Ledger
from registry.application.parsing import Source
from registry.application.ports import Ports
from registry.application.resolving import Resolver
from registry.domain.levels import Reach
from registry.domain.model import SchemaVersion, Subject
from registry.domain.promises import Promise, live
from registry.domain.verdict import Finding

_KNOWN_BEYOND = 20
"""How many versions a fix is tried against when the level protects only the latest."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate before the history (oldest first) of its subject.

    Soft-deleted versions need be in it only if the promise has policies.

    Attributes:
        parsed: As it would be stored: with what it inherits.
        ledger: Of this candidate alone.

    """

    ports: Ports
    subject: Subject
    parsed: Parsed
    history: Sequence[SchemaVersion]
    promise: Promise
    ledger: Ledger

    @property
    def candidate(self) -> Candidate:
        source = self.parsed.source
        return Candidate(
            str(self.subject),
            source.schema_type,
            self.parsed.schema,
            self.parsed.content.metadata,
        )

    def verdict(self) -> Verdict:
        """Hold the candidate to the promise; only what that needs is parsed."""
        candidate = self.candidate
        needed = self.promise.needed(candidate.metadata, self.history)
        form = self.ports.parsing.format(candidate.schema_type)
        earlier, is_quotable = self._earlier(needed)
        verdict = check(form, candidate, earlier, self.promise, self.ledger)
        return verdict if is_quotable else verdict.without_quotes()

    def findings(self) -> tuple[Finding, ...]:
        """Explain, over all versions concerned, and look for fixes."""
        candidate, promise = self.candidate, self.promise
        peers = live(promise.peers(candidate.metadata, self.history))
        is_transitive = promise.level.reach is Reach.ALL
        known = peers if is_transitive else peers[-_KNOWN_BEYOND:]
        numbers = {
            each.version
            for each in (*known, *promise.needed(candidate.metadata, self.history))
        }
        part = [each for each in self.history if each.version in numbers]
        form = self.ports.parsing.format(candidate.schema_type)
        earlier, is_quotable = self._earlier(part)
        if not is_quotable:
            # Each of them names places in texts, and fixes repeat parts of these.
            return ()
        return explanation.findings(
            Case(form, candidate, earlier, promise, self.ledger),
            Means(
                self.parsed.source.closure,
                is_whole=len(known) == len(peers),
                clock=self.ports.clock,
            ),
        )

    def _earlier(
        self, versions: Sequence[SchemaVersion]
    ) -> tuple[tuple[Earlier, ...], bool]:
        """Return versions as they are compared, and whether all may be quoted.

        They count whatever they refer to: who may register here need not be allowed
        to read all of that.
        """
        if not versions:
            return (), True
        parsing = self.ports.parsing
        with self.ports.transactions.read() as store:
            resolver = Resolver(store.whole, self.subject.context, parsing.limits)
            sources = [resolver.source_of(each.content) for each in versions]
        is_quotable = all(map(self.ports.access.may_read, resolver.subjects))
        each = zip(versions, sources, strict=True)
        return tuple(self._parsed_earlier(*pair) for pair in each), is_quotable

    def _parsed_earlier(self, version: SchemaVersion, source: Source) -> Earlier:
        # A long history of large texts would be parsed for nobody.
        deadlines.current().hold()
        return Earlier(
            version.version,
            version.schema_id,
            version.content.schema_type,
            self.ports.parsing.parse(source),
            version.metadata,
            version.is_deleted,
        )
