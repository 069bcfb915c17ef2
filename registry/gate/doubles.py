"""What is told twice of one cause, by rules that know nothing of each other.

A policy asks of all languages what the lint of one asks as well, and what breaks at
once is what lint warns of beforehand. One of the two is enough: the more severe one,
else what the language itself says, which has fixes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from registry.domain.rules import Severity
from registry.gate.report import Located

SAME: Final[Mapping[str, frozenset[str]]] = {
    "MONEY_NOT_FLOAT": frozenset(
        {"AVRO_NO_FLOAT_MONEY", "JSON_NO_NUMBER_MONEY", "PROTO_MONEY_NOT_FLOAT"}
    ),
    "TIMESTAMP_LOGICAL_TYPE": frozenset(
        {"AVRO_TIMESTAMP_LOGICAL", "PROTO_TIMESTAMP_WKT"}
    ),
    "DOC_REQUIRED": frozenset({"AVRO_RECORD_DOC", "COMMENT_ENUM", "COMMENT_MESSAGE"}),
    "FIELD_DOC_REQUIRED": frozenset(
        {"AVRO_FIELD_DOC", "COMMENT_FIELD", "JSON_PROPERTIES_DESCRIBED"}
    ),
    "AVRO_NEW_FIELD_HAS_DEFAULT": frozenset(
        {"AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"}
    ),
}
"""Rules, and those that say the same of the same element."""

_Key = tuple[str | None, str, str]


def once(findings: Iterable[Located]) -> Iterator[Located]:
    """Yield findings but for those that another one tells of."""
    found = [*findings]
    known = {_key(each): each for each in found}
    left_out: set[_Key] = set()
    for each in found:
        for other in SAME.get(each.finding.rule, ()):
            twin = known.get(_key(each, other))
            if twin is not None:
                left_out.add(_key(each if _is_as_severe(twin, each) else twin))
    yield from (each for each in found if _key(each) not in left_out)


def _key(located: Located, rule: str = "") -> _Key:
    rule = rule or located.finding.rule
    return (located.contract, located.finding.path, rule)


def _is_as_severe(one: Located, other: Located) -> bool:
    severities = (one.finding.severity, other.finding.severity)
    return severities != (Severity.WARNING, Severity.ERROR)
