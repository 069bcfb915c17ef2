"""The Open Data Contract Standard as a table: which members there are, and what of.

Source: Open Data Contract Standard 3.1.0, its JSON Schema of 2025-12.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from registry.gate import told_shapes
from registry.gate.shapes import (
    FLAG,
    TEXT,
    TEXTS,
    Either,
    Items,
    Members,
    Scalar,
    Shape,
)

_NUMBER: Final = Scalar("a number", (int, float))
_COUNT: Final = Scalar("a whole number, 0 or more", (int,), least=0)
_WHOLE: Final = Scalar("a whole number", (int,))
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
    "tags": TEXTS,
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
    "timezone": FLAG,
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
    "array": {"maxItems": _COUNT, "minItems": _COUNT, "uniqueItems": FLAG},
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


def _of_custom(entry: Mapping[str, Any]) -> Sequence[Members]:
    if entry.get("property") != "registry":
        return ()
    said = Members(
        "what the registry is told", told_shapes.MEMBERS, ("subject",), is_ours=True
    )
    return (Members("the entry 'registry'", {"value": said}),)


_PROPERTY: Final[Mapping[str, Shape]] = {
    **_ELEMENT,
    "primaryKey": FLAG,
    "primaryKeyPosition": _WHOLE,
    "logicalType": _one_of(*_OPTIONS),
    "required": FLAG,
    "unique": FLAG,
    "partitioned": FLAG,
    "partitionKeyPosition": _WHOLE,
    "classification": TEXT,
    "encryptedName": TEXT,
    "transformSourceObjects": TEXTS,
    "transformLogic": TEXT,
    "transformDescription": TEXT,
    "examples": Items(None),
    "criticalDataElement": FLAG,
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
            "tags": TEXTS,
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
            "tags": TEXTS,
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
        "tags": TEXTS,
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
        "tags": TEXTS,
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
