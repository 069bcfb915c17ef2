"""The model that is compared: what a schema asks for, whichever draft says it how.

A node is one schema, or one part of a schema that has several keywords of different
kinds: those count as an `allOf` of their parts. References are followed before there
is a node. Schemas inside of a node are made into nodes when they are asked for.

Source: Confluent's registry compares the classes of the library Everit; these are the
same, so that the same differences come out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

from registry.domain.formats.jsonschema.documents import Located
from registry.domain.rules import Spot


class _Missing:
    """What a keyword that is not there says."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

Rest = Any
"""What is said of further properties or items: `MISSING`, a boolean, or a schema."""

Limits = Mapping[str, Any]
"""Numbers by their keywords; what is no number, or not there, is no limit."""


class Criterion(StrEnum):
    """How many of its schemas a combination must fit."""

    ALL = "allOf"
    ANY = "anyOf"
    ONE = "oneOf"


class Maker(Protocol):
    """What the nodes of one schema come from."""

    def made(self, at: Located) -> "Node":
        """Return the node of a schema; the same each time."""
        ...

    def known(self, value: Any) -> "Node | None":
        """Return the node that was made of a value, if it was."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Equal only to itself: a pair of nodes is compared once.

    Attributes:
        at: The schema that the node is, or is a part of.
        notes: The schema's members, for its title and the like; empty for a part.

    """

    at: Located
    maker: Maker
    notes: Mapping[str, Any]
    word: ClassVar[str] = "anything"

    @property
    def spot(self) -> Spot:
        return self.at.spot

    def inside(self, *tokens: str | int) -> "Node":
        """The node of a schema inside of this one."""
        value = self.at.value
        for token in tokens:
            value = value[token]
        known = self.maker.known(value)
        return self.maker.made(self.at.inside(*tokens)) if known is None else known


class Empty(Node):
    """A schema that takes anything: `true`, `{}`, or no keyword that matters."""

    __slots__ = ()


class Never(Node):
    """A schema that takes nothing: `false`."""

    __slots__ = ()
    word = "nothing"


class Null(Node):
    __slots__ = ()
    word = "null"


class Boolean(Node):
    __slots__ = ()
    word = "boolean"


class Condition(Node):
    """`if`, `then` and `else`, whose insides are not compared."""

    __slots__ = ()
    word = "what a condition says"


@dataclass(frozen=True, slots=True, eq=False)
class Typed(Node):
    """A schema of one type.

    Attributes:
        limits: Numbers by their keywords.
        is_typed: Whether values of other types are refused: there is a `type`.

    """

    limits: Limits
    is_typed: bool


@dataclass(frozen=True, slots=True, eq=False)
class String(Typed):
    pattern: str | None
    word: ClassVar[str] = "string"


@dataclass(frozen=True, slots=True, eq=False)
class Number(Typed):
    is_integer: bool
    word: ClassVar[str] = "number"


@dataclass(frozen=True, slots=True, eq=False)
class Object(Typed):
    """An object.

    Attributes:
        properties: Schemas by name.
        patterns: Schemas by pattern, in the order of the text.
        additional: For properties that have neither.
        unevaluated: For properties that no schema at all looks at.
        needs: Names of properties by that of the one that depends on them.
        needs_under: The keyword that says so, by that name.
        dependents: Keywords that hold a schema, by the property that it depends on.

    """

    properties: Mapping[str, Any]
    required: frozenset[str]
    patterns: Mapping[str, Any]
    additional: Rest
    unevaluated: Rest
    needs: Mapping[str, frozenset[str]]
    needs_under: Mapping[str, str]
    dependents: Mapping[str, str]
    word: ClassVar[str] = "object"


@dataclass(frozen=True, slots=True, eq=False)
class Array(Typed):
    """An array.

    Attributes:
        has_items: Whether one schema holds for all items; it is under `items`.
        listed: Schemas by position.
        listed_under: The keyword that has them: `items` or `prefixItems`.
        additional: For items beyond those.
        additional_under: Its keyword: `additionalItems` or `items`.
        unevaluated: For items that no schema at all looks at.

    """

    has_items: bool
    listed: Sequence[Any]
    listed_under: str
    additional: Rest
    additional_under: str
    unevaluated: Rest
    is_unique: bool
    word: ClassVar[str] = "array"


@dataclass(frozen=True, slots=True, eq=False)
class Enum(Node):
    """Values of any type, as canonical texts."""

    values: frozenset[str]
    word: ClassVar[str] = "an enum"


@dataclass(frozen=True, slots=True, eq=False)
class Const(Node):
    """One value, as a canonical text."""

    value: str
    word: ClassVar[str] = "a constant"


class Not(Node):
    """What is not to be: the schema under `not`."""

    __slots__ = ()
    word = "what another schema excludes"


Branch = Node | Located
"""A schema of a combination: a part of a schema, or one that stands by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Combined(Node):
    """Several schemas, and how many of them must fit."""

    criterion: Criterion
    branches: Sequence[Branch]
    word: ClassVar[str] = "a combination of schemas"

    def branch(self, index: int) -> Node:
        branch = self.branches[index]
        return branch if isinstance(branch, Node) else self.maker.made(branch)
