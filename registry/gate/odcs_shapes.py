"""The Open Data Contract Standard as a table: which members there are, and what of.

Source: Open Data Contract Standard 3.1.0, its JSON Schema of 2025-12.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from registry.domain.errors import InvalidRuleSetError
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.rule_sets import hold_rule_set
from registry.gate import promised


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts.

    Attributes:
        told: What is expected, in words.
        choices: All that it may be; empty for no such list.
        pattern: What a text has to look like; None if it may be anything.
        is_form_needed: Whether another form than the pattern's is an error.

    """

    told: str
    kinds: tuple[type, ...] = (str,)
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    least: int | None = None
    most: int | None = None
    is_form_needed: bool = True


@dataclass(frozen=True, slots=True)
class Items:
    """A list.

    Attributes:
        each: Of every element.
        least: How many there are at least.
        most: How many at most; None for any number.

    """

    each: "Shape"
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Members:
    """A mapping.

    Attributes:
        told: What it is, in words, for messages about its members.
        of: What each member may be.
        needed: Those that have to be there.
        one_of: Of these, exactly one has to be there; empty for no such choice.
        more: Further members, which depend on what the mapping says.
        is_open: Whether it may have other members too.
        is_ours: Whether the standard says nothing of it; a member that nobody knows
            is then a warning.
        hold: Returns what is wrong with a mapping whose members are right, each for
            itself; None for nothing.

    """

    told: str
    of: Mapping[str, "Shape"]
    needed: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    more: Callable[[Mapping[str, Any]], Sequence["Members"]] | None = None
    is_open: bool = False
    is_ours: bool = False
    hold: Callable[[Mapping[str, Any]], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """One of several, told apart by the kind of the value: text, list or mapping."""

    told: str
    of: Mapping[type, "Shape"] = field(default_factory=dict)


Shape: TypeAlias = Scalar | Items | Members | Either | str | None
"""A text is the name of another in `NAMED`; None is anything at all."""

TEXT: Final = Scalar("a text")
_NUMBER: Final = Scalar("a number", (int, float))
_COUNT: Final = Scalar("a whole number, 0 or more", (int,), least=0)
_WHOLE: Final = Scalar("a whole number", (int,))
_FLAG: Final = Scalar("true or false", (bool,))
_SCALAR: Final = Scalar(
    "a text, a number, true, false or nothing", (str, int, float, bool, type(None))
)
_ID: Final = Scalar(
    "an identifier of letters, digits, '-' and '_'",
    pattern=re.compile(r"[A-Za-z0-9_-]+"),
)
_DAY: Final = Scalar(
    "a day such as 2027-01-31",
    pattern=re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"),
    is_form_needed=False,
)
_MOMENT: Final = Scalar(
    "a time such as 2027-01-31T09:00:00Z",
    pattern=re.compile(
        r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        r"[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
        r"([Zz]|[-+]([01][0-9]|2[0-3]):[0-5][0-9])"
    ),
    is_form_needed=False,
)
_TEXTS: Final = Items(TEXT)
_REFERENCE: Final = Scalar(
    "a reference such as orders.id",
    pattern=re.compile(
        r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*"
        r"|((https?://)?[A-Za-z0-9._/-]+\.yaml#)?/?[A-Za-z_][A-Za-z0-9_]*/[A-Za-z0-9_-]+"
        r"(/[A-Za-z_][A-Za-z0-9_]*/[A-Za-z0-9_-]+)*"
    ),
)
_REFERENCES: Final = Either(
    "a reference or a list of them",
    {str: _REFERENCE, list: Items(_REFERENCE, least=1)},
)


def _one_of(*choices: str) -> Scalar:
    return Scalar(f"one of {', '.join(choices)}", choices=choices)


_COMMON: Final[Mapping[str, Shape]] = {
    "id": _ID,
    "description": TEXT,
    "customProperties": "custom",
}
_ELEMENT: Final[Mapping[str, Shape]] = {
    **_COMMON,
    "name": TEXT,
    "physicalType": TEXT,
    "businessName": TEXT,
    "authoritativeDefinitions": "definitions",
    "tags": _TEXTS,
    "physicalName": TEXT,
    "quality": Items("quality"),
}

_SERVERS: Final[Mapping[str, tuple[str, str]]] = {
    "api": ("location", ""),
    "athena": ("stagingDir schema", "catalog regionName"),
    "azure": ("location format", "delimiter"),
    "bigquery": ("project dataset", ""),
    "clickhouse": ("host port database", ""),
    "cloudsql": ("host port database schema", ""),
    "custom": (
        "",
        "account catalog database dataset delimiter endpointUrl format host location"
        " path port project region regionName schema serviceName stagingDir warehouse"
        " stream",
    ),
    "databricks": ("catalog schema", "host"),
    "db2": ("host port database", "schema"),
    "denodo": ("host port", "database"),
    "dremio": ("host port", "schema"),
    "duckdb": ("database", "schema"),
    "glue": ("account database", "location format"),
    "hive": ("host database", "port"),
    "impala": ("host database", "port"),
    "informix": ("host database", "port"),
    "kafka": ("host", "format"),
    "kinesis": ("", "region format"),
    "local": ("path format", ""),
    "mysql": ("host port database", ""),
    "oracle": ("host port serviceName", ""),
    "postgres": ("host port database schema", ""),
    "postgresql": ("host port database schema", ""),
    "presto": ("host", "catalog schema"),
    "pubsub": ("project", ""),
    "redshift": ("database schema", "host region account"),
    "s3": ("location", "endpointUrl format delimiter"),
    "sftp": ("location", "format delimiter"),
    "snowflake": ("account database schema", "host port warehouse"),
    "sqlserver": ("host database schema", "port"),
    "synapse": ("host port database", ""),
    "trino": ("host port catalog schema", ""),
    "vertica": ("host port database schema", ""),
    "zen": ("host database", "port"),
}
"""What a server of each type has to say, and what it may say."""


def _of_server(server: Mapping[str, Any]) -> Sequence[Members]:
    kind = server.get("type")
    if not isinstance(kind, str) or kind not in _SERVERS:
        # What is wrong is the type; nothing can be said of the rest.
        return (Members("a server", {}, is_open=True),)
    needed, allowed = (names.split() for names in _SERVERS[kind])
    of = {name: _WHOLE if name == "port" else TEXT for name in (*needed, *allowed)}
    return (Members(f"a server of type {kind}", of, tuple(needed)),)


_BOUNDS: Final = ("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum")
_OF_DAYS: Final[Mapping[str, Shape]] = {
    "format": TEXT,
    **dict.fromkeys(_BOUNDS, TEXT),
}
_OF_TIMES: Final[Mapping[str, Shape]] = {
    **_OF_DAYS,
    "timezone": _FLAG,
    "defaultTimezone": TEXT,
}
_OF_NUMBERS: Final[Mapping[str, Shape]] = {
    "multipleOf": _NUMBER,
    **dict.fromkeys(_BOUNDS, _NUMBER),
}
_SIZES: Final = ("8", "16", "32", "64", "128")
_OPTIONS: Final[Mapping[str, Mapping[str, Shape]]] = {
    "string": {
        "minLength": _COUNT,
        "maxLength": _COUNT,
        "pattern": TEXT,
        "format": TEXT,
    },
    "date": _OF_DAYS,
    "timestamp": _OF_TIMES,
    "time": _OF_TIMES,
    "integer": {
        **_OF_NUMBERS,
        "format": _one_of(*(f"{sign}{size}" for sign in "iu" for size in _SIZES)),
    },
    "number": {**_OF_NUMBERS, "format": _one_of("f32", "f64")},
    "object": {
        "maxProperties": _COUNT,
        "minProperties": _COUNT,
        "required": Items(TEXT, least=1),
    },
    "array": {"maxItems": _COUNT, "minItems": _COUNT, "uniqueItems": _FLAG},
    "boolean": {},
}
"""What can be said of the values of each logical type."""

_INSIDE: Final[Mapping[str, Mapping[str, Shape]]] = {
    "object": {"properties": Items("property")},
    "array": {"items": "item"},
}


def _of_property(value: Mapping[str, Any]) -> Sequence[Members]:
    kind = value.get("logicalType")
    if kind is None:
        both = {**_INSIDE["object"], **_INSIDE["array"]}
        return (Members("a property", both),)
    if not isinstance(kind, str) or kind not in _OPTIONS:
        return (Members("a property", {}, is_open=True),)
    told = f"a property of logical type {kind}"
    options = Members(f"the options of {kind}", _OPTIONS[kind])
    return (Members(told, {"logicalTypeOptions": options, **_INSIDE.get(kind, {})}),)


_BETWEEN: Final = Items(_NUMBER, least=2, most=2)
_OPERATORS: Final[Mapping[str, Shape]] = {
    "mustBe": None,
    "mustNotBe": None,
    "mustBeGreaterThan": _NUMBER,
    "mustBeGreaterOrEqualTo": _NUMBER,
    "mustBeLessThan": _NUMBER,
    "mustBeLessOrEqualTo": _NUMBER,
    "mustBeBetween": _BETWEEN,
    "mustNotBeBetween": _BETWEEN,
}
_METRIC: Final = _one_of(
    "nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"
)
_CHECKS: Final[Mapping[str, Members]] = {
    "library": Members(
        "a quality rule of type library",
        {
            "metric": _METRIC,
            "rule": TEXT,
            "arguments": Members("the arguments", {}, is_open=True),
            **_OPERATORS,
        },
        needed=("metric",),
        one_of=tuple(_OPERATORS),
    ),
    "sql": Members(
        "a quality rule of type sql",
        {"query": TEXT, **_OPERATORS},
        needed=("query",),
        one_of=tuple(_OPERATORS),
    ),
    "custom": Members(
        "a quality rule of type custom",
        {
            "engine": TEXT,
            "implementation": Either(
                "a text or a mapping",
                {str: TEXT, dict: Members("the implementation", {}, is_open=True)},
            ),
        },
        needed=("engine", "implementation"),
    ),
}


def _of_check(check: Mapping[str, Any]) -> Sequence[Members]:
    kinds = [check.get("type")]
    if "metric" in check:
        kinds.append("library")
    return [
        _CHECKS[kind]
        for kind in dict.fromkeys(each for each in kinds if isinstance(each, str))
        if kind in _CHECKS
    ]


def _or_nothing(shape: Scalar | Items | Members) -> Shape:
    """Return a shape of what may be null as well, as it may in the registry's API."""
    match shape:
        case Scalar():
            return replace(shape, kinds=(*shape.kinds, type(None)))
        case Items():
            return Either("a list", {list: shape, type(None): None})
        case Members():
            return Either("a mapping", {dict: shape, type(None): None})


def _each(told: str, shape: Shape) -> Members:
    """Return a mapping whose members have any names, and all the same shape."""

    def named(said: Mapping[str, Any]) -> Sequence[Members]:
        return (Members(told, dict.fromkeys(said, shape)),)

    return Members(told, {}, more=named)


_TEXT_OR_NOTHING: Final = _or_nothing(TEXT)
_TEXTS_OR_NOTHING: Final = _or_nothing(_TEXTS)
_FLAG_OR_NOTHING: Final = _or_nothing(_FLAG)
_METADATA: Final = _or_nothing(
    Members(
        "the metadata",
        {
            "tags": _or_nothing(_each("tags by paths", _TEXTS)),
            "properties": _or_nothing(_each("texts by names", TEXT)),
            "sensitive": _TEXTS_OR_NOTHING,
        },
        is_ours=True,
    )
)
_RULE: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(
        ("name", "doc", "kind", "mode", "type", "expr", "onSuccess", "onFailure"),
        _TEXT_OR_NOTHING,
    ),
    "tags": _TEXTS_OR_NOTHING,
    "params": _or_nothing(_each("texts by names", TEXT)),
    "disabled": _FLAG_OR_NOTHING,
}


def _held(said: Mapping[str, Any]) -> str | None:
    try:
        hold_rule_set(promised.rule_set(said))
    except InvalidRuleSetError as error:
        return str(error)
    return None


def _rules(family: str) -> Shape:
    """Return the shape of one list of a rule set; what is wrong is told at its rule."""

    def held(said: Mapping[str, Any]) -> str | None:
        return _held({family: [said]})

    return _or_nothing(Items(Members("a rule", _RULE, is_ours=True, hold=held)))


_RULE_SET: Final = _or_nothing(
    Members(
        "the rule set",
        {
            **{
                each: _rules(each)
                for each in ("domainRules", "migrationRules", "encodingRules")
            },
            "enableAt": _TEXT_OR_NOTHING,
        },
        is_ours=True,
        hold=_held,
    )
)
_REFERENCE_TO_SUBJECT: Final = Members(
    "a reference",
    {
        "name": TEXT,
        "subject": _TEXT_OR_NOTHING,
        "version": _or_nothing(
            Scalar("a version, or -1 for the latest", (int,), least=-1, most=2**31 - 1)
        ),
    },
    ("name",),
    is_ours=True,
)
_LEVELS: Final = ("compatibility", "compatibilityLevel")


def _without_level(said: Mapping[str, Any]) -> str | None:
    if any(each in said for each in _LEVELS):
        return "config: expected no level in it; that is `compatibility`, beside it"
    return None


_CONFIG: Final = _or_nothing(
    Members(
        "the config",
        {
            **dict.fromkeys(
                ("normalize", "validateFields", "validateNewSchemas", "validateRules"),
                _FLAG_OR_NOTHING,
            ),
            **dict.fromkeys(
                (
                    *("alias", "aliasForDeks"),
                    *("compatibilityGroup", "compatibilityPolicy"),
                    *_LEVELS,
                ),
                _TEXT_OR_NOTHING,
            ),
            **dict.fromkeys(("defaultMetadata", "overrideMetadata"), _METADATA),
            **dict.fromkeys(("defaultRuleSet", "overrideRuleSet"), _RULE_SET),
        },
        is_ours=True,
        hold=_without_level,
    )
)
_OURS: Final[Mapping[str, Shape]] = {
    "subject": TEXT,
    "format": Scalar(f"a format, one of {', '.join(SchemaType)}"),
    "schemaFile": TEXT,
    "compatibility": Scalar(f"a level, one of {', '.join(Level.__members__)}"),
    "name": TEXT,
    "message": TEXT,
    "examples": TEXT,
    "consumersFile": TEXT,
    "migrations": None,
    "lint": None,
    "policies": _TEXTS_OR_NOTHING,
    "references": _or_nothing(Items(_REFERENCE_TO_SUBJECT)),
    "metadata": _METADATA,
    "ruleSet": _RULE_SET,
    "config": _CONFIG,
}


def _of_custom(entry: Mapping[str, Any]) -> Sequence[Members]:
    if entry.get("property") != "registry":
        return ()
    said = Members("what the registry is told", _OURS, ("subject",), is_ours=True)
    return (Members("the entry 'registry'", {"value": said}),)


_PROPERTY: Final[Mapping[str, Shape]] = {
    **_ELEMENT,
    "primaryKey": _FLAG,
    "primaryKeyPosition": _WHOLE,
    "logicalType": _one_of(*_OPTIONS),
    "required": _FLAG,
    "unique": _FLAG,
    "partitioned": _FLAG,
    "partitionKeyPosition": _WHOLE,
    "classification": TEXT,
    "encryptedName": TEXT,
    "transformSourceObjects": _TEXTS,
    "transformLogic": TEXT,
    "transformDescription": TEXT,
    "examples": Items(None),
    "criticalDataElement": _FLAG,
    "relationships": Items(
        Members(
            "a relationship of a property",
            {
                "type": _one_of("foreignKey"),
                "to": _REFERENCES,
                "customProperties": "custom",
            },
            ("to",),
        )
    ),
}

NAMED: Final[Mapping[str, Shape]] = {
    "custom": Items(
        Members(
            "a custom property",
            {"id": _ID, "property": TEXT, "value": None, "description": TEXT},
            ("property", "value"),
            more=_of_custom,
        )
    ),
    "definitions": Items(
        Members(
            "an authoritative definition",
            {"id": _ID, "url": TEXT, "type": TEXT, "description": TEXT},
            ("url", "type"),
        )
    ),
    "quality": Members(
        "a quality rule",
        {
            **_COMMON,
            "authoritativeDefinitions": "definitions",
            "businessImpact": TEXT,
            "dimension": _one_of(
                "accuracy",
                "completeness",
                "conformity",
                "consistency",
                "coverage",
                "timeliness",
                "uniqueness",
            ),
            "method": TEXT,
            "name": TEXT,
            "schedule": TEXT,
            "scheduler": TEXT,
            "severity": TEXT,
            "tags": _TEXTS,
            "type": _one_of("text", "library", "sql", "custom"),
            "unit": TEXT,
        },
        more=_of_check,
    ),
    "property": Members("a property", _PROPERTY, ("name",), more=_of_property),
    "item": Members("the items of an array", _PROPERTY, more=_of_property),
    "role": Members(
        "a role",
        {
            **_COMMON,
            "role": TEXT,
            "access": TEXT,
            "firstLevelApprovers": TEXT,
            "secondLevelApprovers": TEXT,
        },
        ("role",),
    ),
    "member": Members(
        "a member of the team",
        {
            **_COMMON,
            "username": TEXT,
            "name": TEXT,
            "role": TEXT,
            "dateIn": _DAY,
            "dateOut": _DAY,
            "replacedByUsername": TEXT,
            "tags": _TEXTS,
            "authoritativeDefinitions": "definitions",
        },
        ("username",),
    ),
}

_TEAM: Final = Members(
    "the team",
    {
        **_COMMON,
        "name": TEXT,
        "members": Items("member"),
        "tags": _TEXTS,
        "authoritativeDefinitions": "definitions",
    },
)

DOCUMENT: Final = Members(
    "a contract",
    {
        "version": TEXT,
        "kind": _one_of("DataContract"),
        "apiVersion": _one_of(
            "v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0", "v2.2.2", "v2.2.1", "v2.2.0"
        ),
        "id": TEXT,
        "name": TEXT,
        "tenant": TEXT,
        "tags": _TEXTS,
        "status": TEXT,
        "servers": Items(
            Members(
                "a server",
                {
                    **_COMMON,
                    "server": TEXT,
                    "type": _one_of(*_SERVERS),
                    "environment": TEXT,
                    "roles": Items("role"),
                },
                ("server", "type"),
                more=_of_server,
            )
        ),
        "dataProduct": TEXT,
        "description": Members(
            "the description",
            {
                "usage": TEXT,
                "purpose": TEXT,
                "limitations": TEXT,
                "authoritativeDefinitions": "definitions",
                "customProperties": "custom",
            },
            # The standard leaves it open.
            is_open=True,
        ),
        "domain": TEXT,
        "schema": Items(
            Members(
                "an object of the schema",
                {
                    **_ELEMENT,
                    "logicalType": _one_of("object"),
                    "dataGranularityDescription": TEXT,
                    "properties": Items("property"),
                    "relationships": Items(
                        Members(
                            "a relationship of an object",
                            {
                                "type": _one_of("foreignKey"),
                                "from": _REFERENCES,
                                "to": _REFERENCES,
                                "customProperties": "custom",
                            },
                            ("from", "to"),
                        )
                    ),
                },
                ("name",),
            )
        ),
        "support": Items(
            Members(
                "a support channel",
                {
                    **_COMMON,
                    "channel": TEXT,
                    "url": TEXT,
                    "tool": TEXT,
                    "scope": TEXT,
                    "invitationUrl": TEXT,
                },
                ("channel",),
            )
        ),
        "price": Members(
            "the price",
            {
                "id": _ID,
                "priceAmount": _NUMBER,
                "priceCurrency": TEXT,
                "priceUnit": TEXT,
            },
        ),
        "team": Either(
            "a mapping with name and members", {dict: _TEAM, list: Items("member")}
        ),
        "roles": Items("role"),
        "slaDefaultElement": TEXT,
        "slaProperties": Items(
            Members(
                "a service level",
                {
                    "id": _ID,
                    "property": TEXT,
                    "value": _SCALAR,
                    "valueExt": _SCALAR,
                    "unit": TEXT,
                    "element": TEXT,
                    "driver": TEXT,
                    "description": TEXT,
                    "scheduler": TEXT,
                    "schedule": TEXT,
                },
                ("property", "value"),
            )
        ),
        "authoritativeDefinitions": "definitions",
        "customProperties": "custom",
        "contractCreatedTs": _MOMENT,
    },
    ("apiVersion", "kind", "id", "version", "status"),
)
"""A whole manifest."""
