"""The drafts of JSON Schema: how each is named, and which keywords hold schemas.

Source: JSON Schema drafts 4, 6, 7, 2019-09 and 2020-12, core and validation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any, Final


class Holds(Enum):
    """What the value of a keyword is made of."""

    SCHEMA = auto()
    SCHEMAS = auto()
    SCHEMA_OR_SCHEMAS = auto()
    SCHEMA_MEMBERS = auto()
    SCHEMA_OR_NAME_MEMBERS = auto()
    VALUE = auto()


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword, and the drafts that it is part of.

    Attributes:
        since: The first draft that knows it, by position in `Draft`.
        until: The last one.

    """

    name: str
    holds: Holds = Holds.VALUE
    since: int = 0
    until: int = 4


_DRAFT4, _DRAFT6, _DRAFT7, _DRAFT2019, _DRAFT2020 = range(5)

KEYWORDS: Final = (
    Keyword("id", until=_DRAFT4),
    Keyword("$id", since=_DRAFT6),
    Keyword("$schema"),
    Keyword("$ref"),
    Keyword("$comment", since=_DRAFT7),
    Keyword("$anchor", since=_DRAFT2019),
    Keyword("$recursiveRef", since=_DRAFT2019, until=_DRAFT2019),
    Keyword("$recursiveAnchor", since=_DRAFT2019, until=_DRAFT2019),
    Keyword("$dynamicRef", since=_DRAFT2020),
    Keyword("$dynamicAnchor", since=_DRAFT2020),
    Keyword("$vocabulary", since=_DRAFT2019),
    Keyword("title"),
    Keyword("description"),
    Keyword("default"),
    Keyword("examples", since=_DRAFT6),
    Keyword("deprecated", since=_DRAFT2019),
    Keyword("readOnly", since=_DRAFT7),
    Keyword("writeOnly", since=_DRAFT7),
    Keyword("type"),
    Keyword("enum"),
    Keyword("const", since=_DRAFT6),
    Keyword("multipleOf"),
    Keyword("maximum"),
    Keyword("exclusiveMaximum"),
    Keyword("minimum"),
    Keyword("exclusiveMinimum"),
    Keyword("maxLength"),
    Keyword("minLength"),
    Keyword("pattern"),
    Keyword("format"),
    Keyword("contentMediaType", since=_DRAFT7),
    Keyword("contentEncoding", since=_DRAFT7),
    Keyword("contentSchema", Holds.SCHEMA, since=_DRAFT2019),
    Keyword("maxItems"),
    Keyword("minItems"),
    Keyword("uniqueItems"),
    Keyword("items", Holds.SCHEMA_OR_SCHEMAS, until=_DRAFT2019),
    Keyword("items", Holds.SCHEMA, since=_DRAFT2020),
    Keyword("prefixItems", Holds.SCHEMAS, since=_DRAFT2020),
    Keyword("additionalItems", Holds.SCHEMA, until=_DRAFT2019),
    Keyword("unevaluatedItems", Holds.SCHEMA, since=_DRAFT2019),
    Keyword("contains", Holds.SCHEMA, since=_DRAFT6),
    Keyword("maxContains", since=_DRAFT2019),
    Keyword("minContains", since=_DRAFT2019),
    Keyword("maxProperties"),
    Keyword("minProperties"),
    Keyword("required"),
    Keyword("properties", Holds.SCHEMA_MEMBERS),
    Keyword("patternProperties", Holds.SCHEMA_MEMBERS),
    Keyword("additionalProperties", Holds.SCHEMA),
    Keyword("unevaluatedProperties", Holds.SCHEMA, since=_DRAFT2019),
    Keyword("propertyNames", Holds.SCHEMA, since=_DRAFT6),
    # Replaced in 2019-09 by the two below it; validators go on reading it.
    Keyword("dependencies", Holds.SCHEMA_OR_NAME_MEMBERS),
    Keyword("dependentRequired", since=_DRAFT2019),
    Keyword("dependentSchemas", Holds.SCHEMA_MEMBERS, since=_DRAFT2019),
    Keyword("if", Holds.SCHEMA, since=_DRAFT7),
    Keyword("then", Holds.SCHEMA, since=_DRAFT7),
    Keyword("else", Holds.SCHEMA, since=_DRAFT7),
    Keyword("allOf", Holds.SCHEMAS),
    Keyword("anyOf", Holds.SCHEMAS),
    Keyword("oneOf", Holds.SCHEMAS),
    Keyword("not", Holds.SCHEMA),
    # The later drafts still let the older word pass, and so do their metaschemas.
    Keyword("definitions", Holds.SCHEMA_MEMBERS),
    Keyword("$defs", Holds.SCHEMA_MEMBERS, since=_DRAFT2019),
)


class Draft(Enum):
    """A draft, by its number or year."""

    DRAFT4 = "http://json-schema.org/draft-04/schema"
    DRAFT6 = "http://json-schema.org/draft-06/schema"
    DRAFT7 = "http://json-schema.org/draft-07/schema"
    DRAFT2019 = "https://json-schema.org/draft/2019-09/schema"
    DRAFT2020 = "https://json-schema.org/draft/2020-12/schema"

    @property
    def metaschema(self) -> str:
        """The address that `$schema` names it by."""
        return self.value

    @property
    def id_keyword(self) -> str:
        return "id" if self is Draft.DRAFT4 else "$id"

    @property
    def ignores_beside_ref(self) -> bool:
        """Whether keywords beside `$ref` mean nothing."""
        return self in (Draft.DRAFT4, Draft.DRAFT6, Draft.DRAFT7)

    @cached_property
    def keywords(self) -> Mapping[str, Holds]:
        """The keywords that exist, and what their values are made of."""
        number = list(Draft).index(self)
        present = (each for each in KEYWORDS if each.since <= number <= each.until)
        return {each.name: each.holds for each in present}

    @cached_property
    def holders(self) -> Mapping[str, Holds]:
        """Those of the keywords whose values have schemas in them."""
        keywords = self.keywords.items()
        return {name: holds for name, holds in keywords if holds is not Holds.VALUE}

    @classmethod
    def of(cls, root: Any) -> "Draft":
        """Return the draft that a schema says it is written in; draft 7 by default."""
        named = root.get("$schema") if isinstance(root, dict) else None
        if not isinstance(named, str):
            return cls.DRAFT7
        address = named.partition("://")[2].removesuffix("#").removesuffix("/")
        return _BY_ADDRESS.get(address, cls.DRAFT7)


_BY_ADDRESS: Final = {
    "json-schema.org/schema": Draft.DRAFT4,
    **{draft.metaschema.partition("://")[2]: draft for draft in Draft},
}
