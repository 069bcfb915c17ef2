"""What the gate itself says of contracts, beside the rules of schema languages."""

import hashlib
from collections.abc import Mapping
from pathlib import PurePath, PurePosixPath
from typing import Final

from registry.domain.loosening import LEVEL_LOOSENED
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Rule, Severity
from registry.domain.verdict import Category, Change, Finding
from registry.gate.report import Kind, Located

_SOURCE: Final = "Wirepact, contracts in files"
DOCS: Final = "docs/reference/check.md"

INVALID_MANIFEST: Final = Rule(
    id="CONTRACT_INVALID_MANIFEST",
    purpose="The manifest of a contract can be read, and says what is needed.",
    why="Nothing is known of a contract whose manifest cannot be understood, so none"
    " of its promises can be held.",
    message="{element}",
    source=_SOURCE,
)
INVALID_SETTINGS: Final = Rule(
    id="FOLDER_INVALID_SETTINGS",
    purpose="What a folder says of all its contracts can be read, and means something.",
    why="Levels, lint and policies follow from it: none of them is held while it is not"
    " understood.",
    message="{element}",
    source=_SOURCE,
)
INVALID_SCHEMA: Final = Rule(
    id="CONTRACT_INVALID_SCHEMA",
    purpose="The schema of a contract is one that a registry would take.",
    why="A schema that cannot be understood is refused when it is registered.",
    message="{element}",
    source=_SOURCE,
)
CLAIMED_TWICE: Final = Rule(
    id="CONTRACT_CLAIMED_TWICE",
    purpose="An id, and a subject, belong to one contract.",
    why="Two contracts of one name would take turns in overwriting each other.",
    message="{element}",
    source=_SOURCE,
)
REFERENCE_UNKNOWN: Final = Rule(
    id="CONTRACT_REFERENCE_UNKNOWN",
    purpose="What a schema refers to is defined by exactly one contract.",
    why="A registry refuses a schema whose references it cannot resolve.",
    message="{element}",
    source=_SOURCE,
)
REMOVED: Final = Rule(
    id="CONTRACT_REMOVED",
    purpose="A contract is retired before it goes.",
    why="Whoever reads the events is no longer told of changes, and no change is held"
    " to what was promised.",
    message="{element}",
    source=_SOURCE,
)
SUBJECT_CHANGED: Final = Rule(
    id="CONTRACT_SUBJECT_CHANGED",
    purpose="A contract keeps its subject.",
    why="Under another subject a schema has no history: nothing is checked, and the"
    " readers of the former one get nothing more.",
    message="{element}",
    source=_SOURCE,
)
HISTORY_INCOMPLETE: Final = Rule(
    id="HISTORY_INCOMPLETE",
    purpose="What is promised about all versions is checked against all of them.",
    why="A version that was not looked at may be broken by the change; it is an error"
    " where the latest is not known.",
    message="{element}",
    source=_SOURCE,
    severity=Severity.WARNING,
)
SEMVER: Final = Rule(
    id="SEMVER_MATCHES_CHANGE",
    purpose="A contract's version tells how large its change is.",
    why="Readers decide by the version whether they have to look at a change.",
    message="{element}",
    source="Semantic Versioning 2.0.0",
    severity=Severity.WARNING,
)

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        INVALID_MANIFEST,
        INVALID_SETTINGS,
        INVALID_SCHEMA,
        CLAIMED_TWICE,
        REFERENCE_UNKNOWN,
        REMOVED,
        SUBJECT_CHANGED,
        LEVEL_LOOSENED,
        HISTORY_INCOMPLETE,
        SEMVER,
    )
}

_CATEGORIES: Final = {
    Kind.COMPATIBILITY: Category.COMPATIBILITY,
    Kind.POLICY: Category.POLICY,
    Kind.MANIFEST: Category.RULE,
    Kind.SCHEMA: Category.RULE,
    Kind.RULES: Category.RULE,
    Kind.EXAMPLES: Category.RULE,
}


def found(
    rule: Rule,
    kind: Kind,
    file: PurePath,
    message: str,
    *,
    contract: str | None = None,
    subject: str = "",
    schema_type: SchemaType | None = None,
    place: Place | None = None,
    change: Change | None = None,
    about: str = "",
    docs: str = DOCS,
) -> Located:
    """Return what breaks one of these rules, at its place.

    Args:
        message: One sentence; it may name lines, its fingerprint does not.
        change: What makes this case another than the next one of the same contract.
        about: The same, where nothing was there before; no part of any message.
        docs: The page that tells of the rule.

    """
    told = (change.old, change.new) if change else (about,) if about else ()
    parts = (rule.id, subject, contract or file.as_posix(), *told)
    text = "|".join("" if part is None else part for part in parts)
    finding = Finding(
        rule=rule.id,
        category=_CATEGORIES[kind],
        severity=rule.severity,
        subject=subject,
        schema_type=schema_type,
        message=message,
        path=contract or "",
        change=change,
        location=place,
        old_location=None,
        checked=None,
        broken=(),
        why=rule.why,
        fixes=(),
        docs_url=f"{docs}#{rule.id}",
        fingerprint=hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest(),
    )
    return Located(finding, kind, contract, PurePosixPath(file.as_posix()))
