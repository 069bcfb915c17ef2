"""From rows to domain values and back. The JSON in here is ours, never sent."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final
from uuid import UUID, SafeUUID

from registry.application.stored import AuditEntry
from registry.domain.configuration import Config
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import (
    Content,
    Metadata,
    Reference,
    Rule,
    RuleSet,
    SchemaType,
    SchemaVersion,
    StoredContent,
    Subject,
)

Row = tuple[Any, ...]

# Looked up, as calling an enum costs as much as reading the row.
_SCHEMA_TYPES: Final = {each.value: each for each in SchemaType}


def _setters(kind: type[Any]) -> tuple[Callable[[Any, Any], None], ...]:
    return tuple(getattr(kind, each.name).__set__ for each in fields(kind))


# A list has thousands of rows, and each becomes five values. What is frozen sets its
# members by name, one by one; to ask its slots costs half as much. A member that is
# added to one of these classes is missed here at the start.
_new: Final = object.__new__
_set_name, _set_context = _setters(Subject)
_set_type, _set_text, _set_references, _set_metadata, _set_rules = _setters(Content)
_set_content, _set_id, _set_guid = _setters(StoredContent)
_set_subject, _set_number, _set_stored, _set_created, _set_deleted = _setters(
    SchemaVersion
)
_set_number_of_guid = UUID.__dict__["int"].__set__
_set_safety = UUID.__dict__["is_safe"].__set__
_UNKNOWN: Final = SafeUUID.unknown


def to_version(row: Row) -> SchemaVersion:
    """Make a version of the columns `statements.VERSION_COLUMNS`."""
    context, name, number, created_ms, is_deleted, schema_id, digest, *content = row
    schema_type, text, references, metadata, rule_set = content
    subject = _new(Subject)
    _set_name(subject, name)
    _set_context(subject, context)
    meant = _new(Content)
    _set_type(meant, _SCHEMA_TYPES[schema_type])
    _set_text(meant, text)
    _set_references(meant, () if references is None else _to_references(references))
    _set_metadata(meant, None if metadata is None else to_metadata(metadata))
    _set_rules(meant, None if rule_set is None else to_rule_set(rule_set))
    guid = _new(UUID)
    _set_number_of_guid(guid, int.from_bytes(digest))
    _set_safety(guid, _UNKNOWN)
    stored = _new(StoredContent)
    _set_content(stored, meant)
    _set_id(stored, schema_id)
    _set_guid(stored, guid)
    version = _new(SchemaVersion)
    _set_subject(version, subject)
    _set_number(version, number)
    _set_stored(version, stored)
    _set_created(version, created_ms)
    _set_deleted(version, bool(is_deleted))
    return version


def to_content(row: Row) -> Content:
    """Make a content of its columns: schema type, text, and three in JSON."""
    schema_type, text, references, metadata, rule_set = row
    return Content(
        _SCHEMA_TYPES[schema_type],
        text,
        () if references is None else _to_references(references),
        to_metadata(metadata),
        to_rule_set(rule_set),
    )


def to_config(row: Row) -> Config:
    """Make a config of the columns `statements.CONFIG_COLUMNS`."""
    level, normalize, validate_new_schemas, validate_fields, policy, group = row[:6]
    validate_rules, alias, alias_for_deks, *metadata, rules, stronger_rules = row[6:]
    return Config(
        None if level is None else Level[level],
        _flag(normalize),
        _flag(validate_new_schemas),
        _flag(validate_fields),
        None if policy is None else ContentPolicy(policy),
        group,
        _flag(validate_rules),
        alias,
        alias_for_deks,
        to_metadata(metadata[0]),
        to_metadata(metadata[1]),
        to_rule_set(rules),
        to_rule_set(stronger_rules),
    )


def from_config(config: Config) -> Row:
    """Make the columns `statements.CONFIG_COLUMNS` of a config."""
    return (
        None if config.level is None else config.level.name,
        config.normalize,
        config.validate_new_schemas,
        config.validate_fields,
        config.content_policy,
        config.group,
        config.validate_rules,
        config.alias,
        config.alias_for_deks,
        metadata_json(config.default_metadata),
        metadata_json(config.override_metadata),
        rule_set_json(config.default_rule_set),
        rule_set_json(config.override_rule_set),
    )


def from_entry(context: str, seq: int, entry: AuditEntry) -> Row:
    """Make the row of `statements.INSERT_AUDIT`."""
    return (
        context,
        seq,
        entry.at_ms,
        entry.origin.actor,
        entry.action,
        entry.target,
        entry.before,
        entry.after,
        entry.origin.request_id,
    )


def reference_json(references: Sequence[Reference]) -> str | None:
    if not references:
        return None
    return json.dumps([[each.name, each.subject, each.version] for each in references])


def metadata_json(metadata: Metadata | None) -> str | None:
    if metadata is None:
        return None
    return json.dumps(
        {
            "tags": {path: list(tags) for path, tags in metadata.tags.items()},
            "properties": dict(metadata.properties),
            "sensitive": list(metadata.sensitive),
        }
    )


def rule_set_json(rule_set: RuleSet | None) -> str | None:
    """Write a rule set; what is None is left out, what is empty is not."""
    if rule_set is None:
        return None
    return json.dumps(asdict(rule_set, dict_factory=_given))


def _flag(value: object) -> bool | None:
    # SQLite has numbers for booleans.
    return None if value is None else bool(value)


def _given(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in items if value is not None}


def _to_references(text: str) -> tuple[Reference, ...]:
    return tuple(Reference(*parts) for parts in json.loads(text))


def to_metadata(text: str | None) -> Metadata | None:
    if text is None:
        return None
    stored = json.loads(text)
    return Metadata(
        {path: tuple(tags) for path, tags in stored["tags"].items()},
        stored["properties"],
        tuple(stored["sensitive"]),
    )


def to_rule_set(text: str | None) -> RuleSet | None:
    if text is None:
        return None
    stored = json.loads(text)
    lists = {
        name: tuple(_to_rule(rule) for rule in stored[name])
        for name in ("migration_rules", "domain_rules", "encoding_rules")
        if name in stored
    }
    return RuleSet(**lists, enable_at=stored.get("enable_at"))


def _to_rule(stored: Mapping[str, Any]) -> Rule:
    tags = stored.get("tags")
    return Rule(**{**stored, "tags": None if tags is None else tuple(tags)})
