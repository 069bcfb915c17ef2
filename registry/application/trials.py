"""The live versions of a subject, as a check and its explanation need them."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.application import explanation
from registry.application.candidates import Parsed
from registry.application.compatibility import Candidate, Earlier, Verdict, check
from registry.application.explanation import Case
from registry.application.ports import Ports
from registry.application.resolving import Resolver
from registry.domain.levels import Level, Reach
from registry.domain.model import SchemaVersion, Subject
from registry.domain.verdict import Finding

_KNOWN_BEYOND = 20
"""How many versions a fix is tried against when the level protects only the latest."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate before the live versions (oldest first) of its subject."""

    ports: Ports
    subject: Subject
    parsed: Parsed
    live: Sequence[SchemaVersion]
    level: Level

    @property
    def candidate(self) -> Candidate:
        source = self.parsed.source
        return Candidate(str(self.subject), source.schema_type, self.parsed.schema)

    def verdict(self) -> Verdict:
        """Hold the candidate to the level; only what is protected is parsed."""
        form = self.ports.parsing.format(self.candidate.schema_type)
        protected = self._earlier(self.live[self.level.reach.value])
        return check(form, self.candidate, protected, self.level)

    def findings(self) -> tuple[Finding, ...]:
        """Explain, over all versions concerned, and look for fixes."""
        is_transitive = self.level.reach is Reach.ALL
        part = self.live if is_transitive else self.live[-_KNOWN_BEYOND:]
        case = Case(
            self.ports.parsing.format(self.candidate.schema_type),
            self.candidate,
            self.parsed.source.closure,
            self._earlier(part),
            self.level,
            is_whole=len(part) == len(self.live),
            clock=self.ports.clock,
        )
        return explanation.findings(case)

    def _earlier(self, versions: Sequence[SchemaVersion]) -> tuple[Earlier, ...]:
        if not versions:
            return ()
        parsing = self.ports.parsing
        with self.ports.transactions.read() as store:
            resolver = Resolver(store, self.subject.context, parsing.limits)
            sources = [resolver.source_of(each.content) for each in versions]
        return tuple(
            Earlier(
                version.version,
                version.schema_id,
                version.content.schema_type,
                parsing.parse(source),
            )
            for version, source in zip(versions, sources, strict=True)
        )
