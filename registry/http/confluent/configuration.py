"""`/config`: what subjects, contexts and the registry say."""

from collections.abc import Callable
from typing import Any, Self, TypeVar

import msgspec
from litestar import delete, get, put
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from registry.application import configuration
from registry.application.configuration import REGISTRY, ConfigPatch
from registry.domain.access import Permission
from registry.domain.aliases import target_of
from registry.domain.configuration import Config
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import Subject
from registry.http.authorisation import READS, named_scope, needs, whole_registry
from registry.http.confluent.bodies import MetadataBody, RuleSetBody
from registry.http.handling import PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import DefaultToGlobal, SubjectName, flag
from registry.http.threads import in_thread

Given = TypeVar("Given")
Value = TypeVar("Value")


class ConfigBody(msgspec.Struct, rename="camel", omit_defaults=True):
    """What a place says; what it leaves open is left out."""

    alias: str | None = None
    alias_for_deks: str | None = None
    normalize: bool | None = None
    validate_fields: bool | None = None
    validate_new_schemas: bool | None = None
    validate_rules: bool | None = None
    compatibility_level: str | None = None
    compatibility_policy: str | None = None
    compatibility_group: str | None = None
    default_metadata: MetadataBody | None = None
    override_metadata: MetadataBody | None = None
    default_rule_set: RuleSetBody | None = None
    override_rule_set: RuleSetBody | None = None

    @classmethod
    def of(cls, config: Config) -> Self:
        return cls(compatibility_level=_level_name(config), **_members(config))


class UpdatedConfigBody(msgspec.Struct, rename="camel", omit_defaults=True):
    """All that a place says after a change; the level has another name here."""

    alias: str | None = None
    alias_for_deks: str | None = None
    normalize: bool | None = None
    validate_fields: bool | None = None
    validate_new_schemas: bool | None = None
    validate_rules: bool | None = None
    compatibility: str | None = None
    compatibility_policy: str | None = None
    compatibility_group: str | None = None
    default_metadata: MetadataBody | None = None
    override_metadata: MetadataBody | None = None
    default_rule_set: RuleSetBody | None = None
    override_rule_set: RuleSetBody | None = None

    @classmethod
    def of(cls, config: Config) -> Self:
        return cls(compatibility=_level_name(config), **_members(config))


class ConfigUpdateBody(msgspec.Struct, rename="camel"):
    """A change: what is absent is kept, null clears.

    Attributes:
        compatibility_level: What the answers call it; `compatibility` wins.
        compatibility_policy: One that is not known clears, as it does for Confluent.

    """

    alias: str | UnsetType | None = UNSET
    alias_for_deks: str | UnsetType | None = UNSET
    normalize: bool | UnsetType | None = UNSET
    validate_fields: bool | UnsetType | None = UNSET
    validate_new_schemas: bool | UnsetType | None = UNSET
    validate_rules: bool | UnsetType | None = UNSET
    compatibility: str | UnsetType | None = UNSET
    compatibility_level: str | UnsetType | None = UNSET
    compatibility_policy: str | UnsetType | None = UNSET
    compatibility_group: str | UnsetType | None = UNSET
    default_metadata: MetadataBody | UnsetType | None = UNSET
    override_metadata: MetadataBody | UnsetType | None = UNSET
    default_rule_set: RuleSetBody | UnsetType | None = UNSET
    override_rule_set: RuleSetBody | UnsetType | None = UNSET

    def to_patch(self) -> ConfigPatch:
        """Return what the use case takes.

        Raises:
            InvalidLevelError: There is no such level.

        """
        is_given = self.compatibility is not UNSET
        level = self.compatibility if is_given else self.compatibility_level
        said: dict[str, Any] = {
            "level": _parsed(level, Level.parse),
            "normalize": self.normalize,
            "validate_new_schemas": self.validate_new_schemas,
            "validate_fields": self.validate_fields,
            "validate_rules": self.validate_rules,
            "content_policy": _parsed(self.compatibility_policy, ContentPolicy.named),
            "group": self.compatibility_group,
            "alias": _parsed(self.alias, _text),
            "alias_for_deks": _parsed(self.alias_for_deks, _text),
            "default_metadata": _parsed(
                self.default_metadata, MetadataBody.to_metadata
            ),
            "override_metadata": _parsed(
                self.override_metadata, MetadataBody.to_metadata
            ),
            "default_rule_set": _parsed(self.default_rule_set, RuleSetBody.to_rule_set),
            "override_rule_set": _parsed(
                self.override_rule_set, RuleSetBody.to_rule_set
            ),
        }
        return {name: value for name, value in said.items() if value is not UNSET}


class ConfigController(PortsController):
    path = "/config"
    tags = ("Config",)

    @get(
        operation_id="getGlobalConfig",
        opt=READS,
        summary="Get what the registry says",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_global(self, default_to_global: DefaultToGlobal = "") -> ConfigBody:
        within = flag(default_to_global)
        found = configuration.get_config(self.ports, REGISTRY, in_scope=within)
        return ConfigBody.of(found)

    @put(
        operation_id="updateGlobalConfig",
        opt=needs(Permission.ADMINISTER, whole_registry),
        summary="Change what the registry says",
        media_type=CONFLUENT,
    )
    @in_thread
    def update_global(self, data: JSONBody[ConfigUpdateBody]) -> UpdatedConfigBody:
        return self._updated(REGISTRY, data)

    @delete(
        operation_id="deleteGlobalConfig",
        opt=needs(Permission.ADMINISTER, whole_registry),
        summary="Go back to the defaults; answers what was said before",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_global(self) -> ConfigBody:
        before = configuration.delete_config(self.ports, REGISTRY, origin())
        return ConfigBody.of(before)

    @get(
        "/{subject:segment}",
        operation_id="getConfig",
        opt=READS,
        summary="Get what a subject or context says",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_config(
        self, subject: SubjectName, default_to_global: DefaultToGlobal = ""
    ) -> ConfigBody:
        scope = Subject.parse(subject)
        within = flag(default_to_global)
        found = configuration.get_config(self.ports, scope, in_scope=within)
        return ConfigBody.of(found)

    @put(
        "/{subject:segment}",
        operation_id="updateConfig",
        opt=needs(Permission.CONFIGURE, named_scope, of_context=Permission.ADMINISTER),
        summary="Change what a subject or context says",
        media_type=CONFLUENT,
    )
    @in_thread
    def update_config(
        self, subject: SubjectName, data: JSONBody[ConfigUpdateBody]
    ) -> UpdatedConfigBody:
        return self._updated(Subject.parse(subject), data)

    @delete(
        "/{subject:segment}",
        operation_id="deleteConfig",
        opt=needs(Permission.CONFIGURE, named_scope, of_context=Permission.ADMINISTER),
        summary="Forget what a subject or context says; answers what it was",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_config(self, subject: SubjectName) -> ConfigBody:
        scope = Subject.parse(subject)
        return ConfigBody.of(configuration.delete_config(self.ports, scope, origin()))

    def _updated(self, scope: Subject, data: ConfigUpdateBody) -> UpdatedConfigBody:
        patch = data.to_patch()
        for name in ("alias", "alias_for_deks"):
            if patch.get(name):
                # What others do to the alias, with permissions of theirs, is done to
                # its target: who names it has to have a say there.
                self.hold(Permission.CONFIGURE, target_of(patch[name], scope))
        after = configuration.update_config(self.ports, scope, patch, origin())
        return UpdatedConfigBody.of(after)


def _parsed(
    given: Given | UnsetType | None, parse: Callable[[Given], Value | None]
) -> Value | UnsetType | None:
    """Parse a value; what is absent or null stays so."""
    return given if given is None or isinstance(given, UnsetType) else parse(given)


def _members(config: Config) -> dict[str, Any]:
    """Word what is called the same in all answers."""
    return {
        "alias": config.alias,
        "alias_for_deks": config.alias_for_deks,
        "normalize": config.normalize,
        "validate_fields": config.validate_fields,
        "validate_new_schemas": config.validate_new_schemas,
        "validate_rules": config.validate_rules,
        "compatibility_policy": config.content_policy,
        "compatibility_group": config.group,
        "default_metadata": _worded(config.default_metadata, MetadataBody.of),
        "override_metadata": _worded(config.override_metadata, MetadataBody.of),
        "default_rule_set": _worded(config.default_rule_set, RuleSetBody.of),
        "override_rule_set": _worded(config.override_rule_set, RuleSetBody.of),
    }


def _text(given: str) -> str | None:
    """Return a name; an empty one is none."""
    return given or None


def _worded(said: Given | None, word: Callable[[Given], Value]) -> Value | None:
    return None if said is None else word(said)


def _level_name(config: Config) -> str | None:
    return None if config.level is None else config.level.name
