"""Differences before they are told: many may be found, few are written out.

What is found of a pair of schemas is kept as seen from the pair, so that it serves
each place that leads there; paths are put together when they are told.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from registry.domain.budgets import Budget
from registry.domain.formats.jsonschema import rules
from registry.domain.formats.jsonschema.nodes import Node
from registry.domain.formats.jsonschema.rules import Difference
from registry.domain.json_text import escaped
from registry.domain.levels import ContentPolicy
from registry.domain.rules import Severity, Spot, Violation

MAX_VIOLATIONS: Final = 1_000
"""Violations told of one comparison; there is always one if there are any."""

MAX_PATH_CHARACTERS: Final = 500_000
"""Characters in the paths of one comparison, after which no more are told."""

MAX_VISITS: Final = 20_000
"""Findings looked at for telling: those of a schema are met at each of its uses."""

_LONGEST_TITLE: Final = 60
NAMELESS: Final = "$"
"""What a schema without a title is called."""
_NO_DETAILS: Final[Mapping[str, str]] = {}

Tokens = tuple[str | int, ...]


class Way(NamedTuple):
    """How one pair leads to another.

    Attributes:
        path: What the wire adds to the path; may be empty.
        name: What a person would add to the name.

    """

    path: str = ""
    name: str = ""


class Breach(NamedTuple):
    """A difference between two schemas.

    Attributes:
        way: From the pair to the thing.
        reader_below: Tokens below the reader's schema, to where the thing is.
        causes: What was found wrong with what came closest to a match.

    """

    difference: Difference
    reader: Node
    writer: Node
    way: Way
    reader_below: Tokens
    writer_below: Tokens
    details: Mapping[str, str] = _NO_DETAILS
    causes: "Found | None" = None

    @classmethod
    def at(
        cls,
        difference: Difference,
        reader: Node,
        writer: Node,
        *below: str | int,
        name: str = "",
        **details: str,
    ) -> "Breach":
        """A difference at the same tokens below both schemas, which the wire names."""
        way = Way("/".join(map(str, below)), name)
        return cls(difference, reader, writer, way, below, below, details)

    def violation(self, path: str, name: str) -> Violation:
        return Violation(
            rules.RULES[f"JSON_{self.difference.name}"],
            f"#/{_joined(path, self.way.path)}",
            name + self.way.name,
            _spot(self.reader, self.reader_below),
            _spot(self.writer, self.writer_below),
            self._told_details(name),
        )

    def _told_details(self, name: str) -> Mapping[str, str]:
        told = {"because": "", **self.details}
        if name + self.way.name == NAMELESS:
            told["element"] = "its root"
        cause = None if self.causes is None else next(_causes(self.causes, name), None)
        if cause is not None:
            told["because"] = f"; the cause is {cause.element} ({cause.rule.id})"
        return told


class Nested(NamedTuple):
    """What was found of a pair inside."""

    way: Way
    found: "Found"


class Found:
    """What was found of one pair, in order.

    Attributes:
        breaks: Whether any of it breaks a level, or what it rests on does.
        warns: Whether any of it is to be warned of.

    """

    __slots__ = ("breaks", "entries", "warns")

    def __init__(self, *, breaks: bool = False) -> None:
        self.entries: list[Breach | Nested] = []
        self.breaks = breaks
        self.warns = False

    def add(self, breach: Breach, policy: ContentPolicy) -> None:
        self.entries.append(breach)
        self.breaks |= policy in breach.difference.breaks
        self.warns |= _is_warning(breach.difference)

    def include(self, way: Way, inner: "Found") -> None:
        """Take over what was found of a pair inside."""
        if inner.entries:
            self.entries.append(Nested(way, inner))
        self.breaks |= inner.breaks
        self.warns |= inner.warns


def _is_warning(difference: Difference) -> bool:
    return difference.rule is not None and difference.rule.severity is Severity.WARNING


class Told(NamedTuple):
    """A breach with where it is."""

    breach: Breach
    path: str
    name: str


def breaking(
    found: Found, root: Node, policy: ContentPolicy, budget: Budget | None = None
) -> Iterator[Told]:
    """Yield what breaks a level under a policy, in order, until there is enough."""
    for each in _walked(found, root_name(root), budget=budget):
        if policy in each.breach.difference.breaks:
            yield each


def warned(found: Found, root: Node) -> Iterator[Told]:
    """Yield what is to be warned of, in order, until there is enough."""
    for each in _walked(found, root_name(root)):
        if _is_warning(each.breach.difference):
            yield each


def every(found: Found, root: Node) -> Iterator[Told]:
    """Yield every difference, those that break nothing included."""
    return _walked(found, root_name(root))


def violations(
    told: Iterator[Told], budget: Budget | None = None
) -> tuple[Violation, ...]:
    """Write out what is told, as far as there is room."""
    written: list[Violation] = []
    characters = 0
    for each in told:
        violation = each.breach.violation(each.path, each.name)
        written.append(violation)
        characters += len(violation.path) + len(violation.element)
        if len(written) == MAX_VIOLATIONS or characters > MAX_PATH_CHARACTERS:
            _note_cut(budget)
            break
    return tuple(written)


def root_name(root: Node) -> str:
    """What a person would call a schema: its title, if that is a name."""
    title = root.at.value.get("title") if isinstance(root.at.value, dict) else None
    is_name = isinstance(title, str) and 0 < len(title) <= _LONGEST_TITLE
    return str(title) if is_name and "." not in str(title) else NAMELESS


def full_path(told: Told) -> str:
    """The path of the wire."""
    return f"#/{_joined(told.path, told.breach.way.path)}"


def _walked(
    found: Found, name: str, path: str = "", budget: Budget | None = None
) -> Iterator[Told]:
    visits = 0
    stack = [(iter(found.entries), path, name)]
    while stack and visits < MAX_VISITS:
        entries, path, name = stack[-1]
        entry = next(entries, None)
        visits += 1
        if entry is None:
            stack.pop()
        elif isinstance(entry, Nested):
            inner = _joined(path, entry.way.path)
            stack.append((iter(entry.found.entries), inner, name + entry.way.name))
        else:
            yield Told(entry, path, name)
    if stack:
        _note_cut(budget)


def _note_cut(budget: Budget | None) -> None:
    if budget is not None:
        budget.cut_short += 1


def _causes(found: Found, name: str) -> Iterator[Violation]:
    for each in _walked(found, name):
        if each.breach.difference.breaks:
            yield each.breach.violation(each.path, each.name)


def _joined(path: str, below: str) -> str:
    return f"{path}/{below}" if path and below else path or below


def _spot(node: Node, below: Tokens) -> Spot:
    tokens = "".join(f"/{escaped(str(token))}" for token in below)
    return Spot(node.at.pointer + tokens, node.at.document.source)
