"""Query and path parameters, read as leniently as Confluent's server reads them.

They reach the handlers as text: a framework that converted them would refuse what the
clients in the field send, such as `?deleted=False` or `?limit=-1`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import unquote
from uuid import UUID

from litestar.params import PathParameter, QueryParameter

from registry.application.stored import Page, Visibility
from registry.domain.errors import InvalidVersionError, SchemaNotFoundError
from registry.domain.model import LATEST, MAX_NUMBER, SchemaId, Subject
from registry.http import contexts
from registry.http.errors import RefusedError

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,10}")
_MOST_READ: Final = 9_999_999_999
_ANY_NUMBER: Final = re.compile(r"[0-9]+")
EVERYWHERE: Final = ":*:"
"""The prefix of all subjects in all contexts."""

MOST_SCHEMAS: Final = 1_000
"""How many schemas a page has at the most; a smaller page can be asked for."""


# What is read leniently is declared so as well: to a flag every text but `true` is
# false.
_DECLARED: Final[Mapping[str, Mapping[str, Any]]] = {
    "boolean": {"type": ["boolean", "string"]},
    "integer": {"type": "integer", "minimum": -_MOST_READ, "maximum": _MOST_READ},
    "string": {"type": "string"},
    "array": {"type": "array"},
}


def _query(name: str, kind: str, description: str, **extra: Any) -> QueryParameter:
    return QueryParameter(
        name=name, description=description, schema_extra={**_DECLARED[kind], **extra}
    )


def _alias(name: str) -> QueryParameter:
    return QueryParameter(name=name, include_in_schema=False)


SubjectName = Annotated[
    str,
    PathParameter(
        description="A subject, percent-encoded; `:.context:subject` outside of the"
        " default context."
    ),
]
VersionText = Annotated[
    str, PathParameter(description="A version's number, or `latest` (or -1).")
]
ContextName = Annotated[
    str, PathParameter(description="A context: `.context`, with or without the dot.")
]
IdText = Annotated[str, PathParameter(description="The id of a schema.")]
GuidText = Annotated[str, PathParameter(description="The GUID of a schema.")]
ResourceNamespace = Annotated[
    str, PathParameter(description="A Kafka cluster's id; `-` for any.")
]
ResourceId = Annotated[str, PathParameter(description="A topic's own id.")]
ResourceName = Annotated[str, PathParameter(description="A topic; `-` for any.")]
KekNameText = Annotated[
    str, PathParameter(description="The name of a key-encryption key.")
]
ExporterName = Annotated[str, PathParameter(description="An exporter.")]
Deleted = Annotated[
    str, _query("deleted", "boolean", "Whether soft-deleted ones are shown as well.")
]
DeletedOnly = Annotated[
    str, _query("deletedOnly", "boolean", "Whether only soft-deleted ones are shown.")
]
DeletedOnlyAlias = Annotated[str, _alias("deleted_only")]
AsNegative = Annotated[
    str,
    _query(
        "deletedAsNegative",
        "boolean",
        "Whether all are shown, soft-deleted ones as negative numbers.",
    ),
]
Prefix = Annotated[
    str | None,
    _query(
        "subjectPrefix",
        "string",
        "Of the subject's name: `:*:orders` in every context, `:.context:orders` in"
        " one, `orders` in the default context.",
    ),
]
ContextPrefix = Annotated[
    str, _query("contextPrefix", "string", "Of the context's name, dot included.")
]
PrefixAlias = Annotated[str | None, _alias("subject")]
Offset = Annotated[str, _query("offset", "integer", "How many to leave out.")]
Limit = Annotated[
    str, _query("limit", "integer", "How many to return; -1 for as many as allowed.")
]
Normalize = Annotated[
    str,
    _query(
        "normalize",
        "boolean",
        "Whether what carries no meaning is put into a fixed order first; without it,"
        " the configuration says.",
    ),
]
Force = Annotated[
    str, _query("force", "boolean", "Whether compatibility is left unchecked.")
]
RestoreForce = Annotated[
    str, _query("force", "boolean", "Whether what a subject promises is unchecked.")
]
ForceMode = Annotated[
    str,
    _query("force", "boolean", "Whether a scope that has schemas may import others."),
]
Recursive = Annotated[
    str,
    _query(
        "recursive",
        "boolean",
        "Whether the modes of all subjects in the context are forgotten as well.",
    ),
]
MetadataKeys = Annotated[
    list[str] | None,
    _query(
        "key",
        "array",
        "A metadata property that the version has; may be repeated, each with its"
        " value.",
        items={"type": "string"},
    ),
]
MetadataValues = Annotated[
    list[str] | None,
    _query("value", "array", "What a property's value is.", items={"type": "string"}),
]
Verbatim = Annotated[
    str,
    _query(
        "verbatim",
        "boolean",
        "Whether texts are stored as they are; for what Wirepact has exported.",
    ),
]
CursorText = Annotated[
    str, _query("cursor", "string", "What the page before called `next`.")
]
Verbose = Annotated[
    str, _query("verbose", "boolean", "Whether the answer says what is incompatible.")
]
Permanent = Annotated[
    str, _query("permanent", "boolean", "Whether a soft-deleted one goes for good.")
]
DefaultToGlobal = Annotated[
    str,
    _query(
        "defaultToGlobal",
        "boolean",
        "Whether what is not set here is taken from wider scopes.",
    ),
]
Format = Annotated[
    str,
    _query("format", "string", "A rendering of the text; an unknown one is none."),
]
ReferenceFormat = Annotated[
    str,
    _query("referenceFormat", "string", "`qualified` names references in full."),
]
ReferenceFormatAlias = Annotated[str, _alias("reference_format")]
OfSubject = Annotated[
    str, _query("subject", "string", "A subject that is expected to hold the id.")
]
FetchMaxId = Annotated[
    str, _query("fetchMaxId", "boolean", "Whether the highest id is told as well.")
]
LatestOnly = Annotated[
    str, _query("latestOnly", "boolean", "Whether only newest versions are shown.")
]
ResourceType = Annotated[
    str, _query("resourceType", "string", "`topic`, which is also the default.")
]
AssociationTypes = Annotated[
    list[str] | None,
    _query(
        "associationType",
        "array",
        "`key` or `value`; may be repeated. Without it, both are meant.",
        items={"type": "string"},
    ),
]
LifecycleText = Annotated[str, _query("lifecycle", "string", "`STRONG` or `WEAK`.")]
CascadeLifecycle = Annotated[
    str,
    _query(
        "cascadeLifecycle",
        "boolean",
        "Whether subjects with a strong association go along, for good.",
    ),
]
DryRun = Annotated[
    str,
    _query("dryRun", "boolean", "Whether all is checked, and nothing is written."),
]
IncludeSchemas = Annotated[
    str,
    _query(
        "includeSchemas", "boolean", "Whether the latest schema of each is shown too."
    ),
]
InContext = Annotated[
    str,
    _query(
        "context", "string", "The context, such as `.shop`; if absent, the default one."
    ),
]
SubjectPrefixes = Annotated[
    list[str] | None,
    _query(
        "subjectPrefix",
        "array",
        "Only keys that wrap one for a subject that begins like this; may be repeated.",
        items={"type": "string"},
    ),
]
AlgorithmText = Annotated[
    str,
    _query(
        "algorithm",
        "string",
        "`AES256_GCM`, which is also the default, `AES128_GCM` or `AES256_SIV`.",
    ),
]
TestSharing = Annotated[
    str, _query("testSharing", "boolean", "Refused: no key is shared here.")
]
Rewrap = Annotated[
    str,
    _query(
        "rewrap",
        "boolean",
        "Whether the key that is sent replaces the one that is there.",
    ),
]

WithAliases = Annotated[
    str,
    _query(
        "aliases",
        "boolean",
        "Whether what aliases with this prefix stand for is shown as well.",
    ),
]
RuleType = Annotated[
    str | None, _query("ruleType", "string", "Only versions with a rule of this type.")
]
Lifecycles = Annotated[
    list[str] | None,
    _query(
        "lifecycle",
        "array",
        "`STRONG`, `WEAK`, `NONE`: how subjects are associated; repeatable.",
        items={"type": "string"},
    ),
]
FindTags = Annotated[
    list[str] | None,
    _query(
        "findTags",
        "array",
        "Tags whose places are told, or `*` for all; repeatable.",
        items={"type": "string"},
    ),
]


def flag(text: str) -> bool:
    """Read a boolean: `true` in any letter case; everything else is false."""
    return text.lower() == "true"


def is_qualified(reference_format: str) -> bool:
    return reference_format.lower() == "qualified"


def number(text: str) -> int:
    """Read an integer; what is none has no resource.

    Raises:
        RefusedError: 404.

    """
    if _NUMBER.fullmatch(text) is None:
        raise RefusedError(404)
    return int(text)


def page(offset: str, limit: str, most: int | None = None) -> Page:
    """Read a page; a limit out of range, such as 0, is the most that there is."""
    wanted = number(limit)
    is_in_range = wanted > 0 and (most is None or wanted <= most)
    return Page(offset=max(number(offset), 0), limit=wanted if is_in_range else most)


def visibility(deleted: str, deleted_only: str = "") -> Visibility:
    if flag(deleted_only):
        return Visibility.DELETED
    return Visibility.ALL if flag(deleted) else Visibility.LIVE


def version(text: str) -> int:
    """Read a version: a number, or `LATEST`.

    Raises:
        InvalidVersionError: It is neither.

    """
    wanted = text.strip()
    if wanted.lower() == "latest" or wanted == str(LATEST):
        return LATEST
    if _NUMBER.fullmatch(wanted) is None or not 1 <= int(wanted) <= MAX_NUMBER:
        raise InvalidVersionError(text)
    return int(wanted)


def schema_id(text: str) -> SchemaId:
    """Read an id.

    Raises:
        RefusedError: 404: it is no number.
        SchemaNotFoundError: No id is that large, or zero.

    """
    if _ANY_NUMBER.fullmatch(text) is None:
        raise RefusedError(404)
    if len(text) > len(str(MAX_NUMBER)) or not 1 <= int(text) <= MAX_NUMBER:
        raise SchemaNotFoundError(text)
    return SchemaId(int(text))


def guid_or_none(text: str) -> UUID | None:
    """Read a GUID, with or without hyphens; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def subject_or_none(text: str) -> Subject | None:
    return Subject.parse(text) if text else None


def context(text: str) -> str:
    """Read a context as clients write it: `c`, `.c` or `:.c:`; none is the default.

    Raises:
        RefusedError: 400: it has a colon within.

    """
    name = contexts.named(text)
    if ":" in name:
        raise RefusedError(400, f"Context name '{text}' cannot contain a colon")
    return name


def properties(
    keys: list[str] | None, values: list[str] | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the properties that are asked for, and how else they may be meant.

    Confluent's client for Python encodes both keys and values twice.
    """
    asked = dict(zip(keys or (), values or (), strict=False))
    return asked, {unquote(key): unquote(value) for key, value in asked.items()}


def prefix(text: str) -> tuple[str | None, str]:
    """Return the context (None for all of them) and prefix that a client asks for."""
    if text.startswith(EVERYWHERE):
        return None, text.removeprefix(EVERYWHERE)
    within = Subject.parse(text)
    return within.context, within.name
