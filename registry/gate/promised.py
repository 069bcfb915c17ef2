"""What a contract promises beside its level, and what a registry would say of it.

Metadata, rules and settings stand in a manifest in the wording of the registry's own
API. Here they become what a registry makes of them, so that a check without one holds a
schema to the same. What is of the wrong kind is told by the look at manifests; it
promises nothing here.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from registry.domain.configuration import Config
from registry.domain.levels import ContentPolicy
from registry.domain.model import Content, Metadata, Rule, RuleSet
from registry.domain.promises import policy_name
from registry.domain.rule_sets import DEFAULT_KIND, DEFAULT_MODE
from registry.gate import told
from registry.gate.manifests import Manifest


class Beside(NamedTuple):
    """What is stored with a schema, as a part of the version."""

    metadata: Metadata | None = None
    rule_set: RuleSet | None = None


NOTHING: Final = Beside()


def config_of(manifest: Manifest, before: Manifest | None = None) -> Config:
    """Return the subject's config, but for its level.

    Args:
        before: What the registry was told last: a member that the manifest leaves out
            stays, null clears it. Before that, nobody has told it anything.

    """
    earlier = {} if before is None else _mapping(told.entry(before), told.CONFIG)
    said = {**earlier, **_mapping(told.entry(manifest), told.CONFIG)}
    return Config(
        validate_new_schemas=_flag(said, "validateNewSchemas"),
        validate_fields=_flag(said, "validateFields"),
        content_policy=ContentPolicy.named(_text(said, "compatibilityPolicy") or ""),
        group=_text(said, "compatibilityGroup"),
        default_metadata=metadata(said.get("defaultMetadata")),
        override_metadata=metadata(said.get("overrideMetadata")),
        default_rule_set=rule_set(said.get("defaultRuleSet")),
        override_rule_set=rule_set(said.get("overrideRuleSet")),
    )


def policies_of(manifest: Manifest, before: Manifest | None = None) -> tuple[str, ...]:
    """Return the names of the subject's policies; `before` as in `config_of`."""
    is_left_out = told.entry(manifest).get(told.POLICIES) is None
    source = before if is_left_out and before is not None else manifest
    return tuple(map(policy_name, told.policies(source)))


def beside(manifest: Manifest, config: Config, latest: Beside = NOTHING) -> Beside:
    """Return what a version would be stored with.

    Args:
        config: Of the subject.
        latest: Of the version before, which has what the manifest leaves out.

    """
    said = told.entry(manifest)
    facts, rules = said.get(told.METADATA), said.get(told.RULE_SET)
    content = Content(
        manifest.schema_type,
        "",
        metadata=latest.metadata if facts is None else metadata(facts),
        rule_set=latest.rule_set if rules is None else rule_set(rules),
    )
    stored = config.added_to(content)
    return Beside(stored.metadata, stored.rule_set)


def metadata(said: Any) -> Metadata | None:
    """Read metadata as the API words it."""
    if not isinstance(said, dict):
        return None
    tags = {path: _texts(each) for path, each in sorted(_mapping(said, "tags").items())}
    properties = sorted(_mapping(said, "properties").items())
    return Metadata(
        tags,
        {name: value for name, value in properties if isinstance(value, str)},
        _texts(said.get("sensitive")),
    )


def rule_set(said: Any) -> RuleSet | None:
    """Read a rule set as the API words it."""
    if not isinstance(said, dict):
        return None
    return RuleSet(
        migration_rules=_rules(said.get("migrationRules")),
        domain_rules=_rules(said.get("domainRules")),
        encoding_rules=_rules(said.get("encodingRules")),
        enable_at=_text(said, "enableAt"),
    )


def _rules(said: Any) -> tuple[Rule, ...] | None:
    if not isinstance(said, list):
        return None
    return tuple(_rule(each) for each in said if isinstance(each, dict))


def _rule(said: Mapping[str, Any]) -> Rule:
    tags, params = said.get("tags"), said.get("params")
    return Rule(
        name=_text(said, "name"),
        doc=_text(said, "doc"),
        kind=_text(said, "kind") or DEFAULT_KIND,
        mode=_text(said, "mode") or DEFAULT_MODE,
        type=_text(said, "type"),
        tags=tuple(tags) if isinstance(tags, list) else None,
        params=params if isinstance(params, dict) else None,
        expr=_text(said, "expr"),
        on_success=_text(said, "onSuccess"),
        on_failure=_text(said, "onFailure"),
        disabled=said.get("disabled") is True,
    )


def _mapping(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _flag(said: Mapping[str, Any], name: str) -> bool | None:
    found = said.get(name)
    return found if isinstance(found, bool) else None


def _text(said: Mapping[str, Any], name: str) -> str | None:
    found = said.get(name)
    return found if isinstance(found, str) else None


def _texts(said: Any) -> tuple[str, ...]:
    """Return the texts of a list, each once, sorted."""
    listed = said if isinstance(said, list) else ()
    return tuple(sorted({each for each in listed if isinstance(each, str)}))
