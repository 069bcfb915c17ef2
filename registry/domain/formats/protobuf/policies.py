"""The stricter promises that a subject of Protobuf may choose beside its level.

Every policy looks in both directions at once, as `buf breaking` does: what it refuses
breaks either new readers of old data or old readers of new data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from registry.domain.formats.protobuf import policy_rules as rules
from registry.domain.formats.protobuf.policy_checks_fields import TYPE_KEPT
from registry.domain.formats.protobuf.policy_index import indexed
from registry.domain.formats.protobuf.policy_parts import Parts
from registry.domain.formats.protobuf.policy_reuse import reuses
from registry.domain.formats.protobuf.policy_walk import violations
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.rules import Rule, Violation
from registry.domain.schema import NamedPolicy

MAX_VIOLATIONS: Final = 1_000
"""Violations told of one comparison; there is always one if there are any."""

_MOST_KEPT: Final = 4
"""Schemas whose parts are kept: a candidate and the latest meet a whole history."""


@dataclass(frozen=True, slots=True)
class _Policy:
    """Some rules, as the two checks of a named policy."""

    rules: frozenset[Rule]

    def against_latest(
        self, candidate: ProtobufSchema, latest: ProtobufSchema
    ) -> Sequence[Violation]:
        found = violations(_parts(candidate), _parts(latest), self.rules)
        return tuple(islice(found, MAX_VIOLATIONS))

    def against_all(
        self,
        candidate: ProtobufSchema,
        latest: ProtobufSchema | None,
        earlier: ProtobufSchema,
    ) -> Sequence[Violation]:
        known = None if latest is None else _parts(latest)
        # Each policy has exactly one rule on types.
        (type_kept,) = (each for each in TYPE_KEPT if each.rule in self.rules)
        found = reuses(_parts(candidate), known, _parts(earlier), type_kept.find)
        return tuple(islice(found, MAX_VIOLATIONS))


@lru_cache(maxsize=_MOST_KEPT)
def _parts(schema: ProtobufSchema) -> Parts:
    return indexed(schema.graph)


def _named(
    name: str, purpose: str, some: frozenset[Rule]
) -> NamedPolicy[ProtobufSchema]:
    policy = _Policy(some)
    return NamedPolicy(name, purpose, policy.against_latest, policy.against_all)


POLICIES: Final[Mapping[str, NamedPolicy[ProtobufSchema]]] = {
    each.name: each
    for each in (
        _named(
            "WIRE",
            "Bytes written by any version are read by every other, and no number"
            " changes its meaning.",
            rules.WIRE,
        ),
        _named(
            "WIRE_JSON",
            "Bytes and JSON written by any version are read by every other, and no"
            " number or name changes its meaning.",
            rules.WIRE_JSON,
        ),
        _named(
            "FILE",
            "Code that was built against one version builds against the next, and data"
            " stays readable.",
            rules.FILE,
        ),
    )
}
"""Every policy by its name; each promises all that those before it do."""
