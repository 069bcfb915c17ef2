"""A schema language of one line, whole but for its size: a list of words.

A reader understands a writer all of whose words it has. It stands at the port where a
test is about promises, and not about a language: it offers policies, says less under a
lenient content policy, and mends what it can.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from registry.domain.budgets import Budget
from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import ContentPolicy, Direction
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Rule, Spot, Violation
from registry.domain.schema import (
    Edit,
    NamedPolicy,
    PayloadType,
    Proposal,
    ResolvedReference,
    Strictness,
)
from registry.domain.tags import Tagged, Tagging

_ROOT: Final = Spot("")


def _rule(rule_id: str, message: str) -> Rule:
    return Rule(
        id=rule_id,
        purpose="A list keeps to its words.",
        why="Whoever reads the list misses a word.",
        message=message,
        source="tests",
        wire=f"{rule_id} '{{element}}' {{reader}} {{writer}}",
    )


MISSING: Final = _rule("WORD_MISSING", "{reader} lacks '{element}', which {writer} has")
DROPPED: Final = _rule("WORD_DROPPED", "{reader} drops '{element}' of {writer}")
MOVED: Final = _rule("WORD_MOVED", "{reader} moves '{element}' of {writer}")
REUSED: Final = _rule("WORD_REUSED", "{reader} takes up '{element}' of {writer}")


@dataclass(frozen=True, slots=True)
class WordList:
    text: str
    words: tuple[str, ...]

    @property
    def canonical(self) -> str:
        return " ".join(self.words)

    @property
    def size_bytes(self) -> int:
        return 100 * len(self.text)

    def place(self, spot: Spot) -> Place | None:
        return None if spot.source else Place.of(self.text, 0, len(self.text))

    def fragment(self, spot: Spot) -> str | None:
        return None if spot.source else self.canonical


def _violations(rule: Rule, words: Sequence[str]) -> list[Violation]:
    return [Violation(rule, word, f"list.{word}", _ROOT, _ROOT) for word in words]


def _dropped(new: WordList, latest: WordList) -> list[Violation]:
    return _violations(
        DROPPED, [word for word in latest.words if word not in new.words]
    )


def _moved(new: WordList, latest: WordList) -> list[Violation]:
    common = [word for word in latest.words if word in new.words]
    kept = [word for word in new.words if word in latest.words]
    pairs = zip(common, kept, strict=True)
    return _violations(MOVED, [old for old, now in pairs if old != now])


def _reused(
    new: WordList, latest: WordList | None, earlier: WordList
) -> list[Violation]:
    known = () if latest is None else latest.words
    news = [word for word in new.words if word not in known]
    return _violations(REUSED, [word for word in news if word in earlier.words])


def _nothing(*_lists: WordList | None) -> list[Violation]:
    return []


def _dropped_or_moved(new: WordList, latest: WordList) -> list[Violation]:
    return [*_dropped(new, latest), *_moved(new, latest)]


class WordListFormat:
    """Everything there is to know of word lists; counts what it parses and compares.

    Args:
        cost: Of one comparison, in hundredths of the 0.3 seconds that one may take.

    """

    schema_type: Final = SchemaType.JSON
    renderings: Final[Mapping[str, Callable[[WordList], str]]] = {}
    policies: Final[Mapping[str, NamedPolicy[WordList]]] = {
        each.name: each
        for each in (
            NamedPolicy("KEEP", "No word goes, or comes back.", _dropped, _reused),
            NamedPolicy("ORDER", "No word goes or moves.", _dropped_or_moved, _nothing),
        )
    }

    def __init__(self, cost: int = 0) -> None:
        self.parsed: list[str] = []
        self.compared: list[tuple[str, str]] = []
        self._cost = cost

    def parse(
        self,
        text: str,
        _references: Sequence[ResolvedReference] = (),
        _strictness: Strictness = Strictness.STRICT,
    ) -> WordList:
        self.parsed.append(text)
        if not text.split():
            raise InvalidSchemaError("expected a word")
        return WordList(text, tuple(dict.fromkeys(text.split())))

    def normalized(self, schema: WordList) -> WordList:
        return replace(schema, words=tuple(sorted(schema.words)))

    def is_equivalent(self, one: WordList, other: WordList) -> bool:
        return one.words == other.words

    def external_names(self, _text: str) -> frozenset[str]:
        return frozenset()

    def payload_types(self, _schema: WordList) -> Sequence[PayloadType]:
        return (PayloadType("list"),)

    def top_level_names(self, schema: WordList) -> frozenset[str]:
        return frozenset(schema.words)

    def inline_tags(self, _schema: WordList) -> Tagged:
        return {}

    def retagged(
        self,
        schema: WordList,
        _tagging: Tagging,
        _references: Sequence[ResolvedReference] = (),
    ) -> str:
        return schema.text

    def violations(
        self,
        reader: WordList,
        writer: WordList,
        policy: ContentPolicy = ContentPolicy.STRICT,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        self.compared.append((reader.text, writer.text))
        if budget is not None:
            budget.spend(3 * self._cost, 1_000)
        if policy is ContentPolicy.LENIENT:
            return ()
        return _violations(MISSING, [w for w in writer.words if w not in reader.words])

    def warnings(
        self,
        _reader: WordList,
        _writer: WordList,
        _way: Direction,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        if budget is not None:
            budget.spend(3 * self._cost, 1_000)
        return ()

    def proposals(
        self,
        candidate: WordList,
        _earlier: WordList,
        violation: Violation,
        _direction: Direction,
    ) -> Sequence[Proposal]:
        return tuple(_proposals(candidate, violation))


def _proposals(candidate: WordList, violation: Violation) -> Iterator[Proposal]:
    word, end = violation.path, len(candidate.text)
    if violation.rule in {MISSING, DROPPED}:
        yield Proposal(f"Put '{word}' back", (Edit(end, end, f" {word}"),))
    if violation.rule is REUSED:
        start = candidate.text.index(word)
        yield Proposal(f"Leave '{word}' out", (Edit(start, start + len(word), ""),))
