"""Settings of subjects, contexts and the whole registry, and how they inherit."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Final, Self, TypeVar

from registry.domain.errors import InvalidModeError
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import Content, Metadata, RuleSet
from registry.domain.rule_sets import merged_metadata, merged_rule_set

Added = TypeVar("Added", Metadata, RuleSet)

_NOT_INHERITED: Final = frozenset({"alias", "alias_for_deks"})
"""Another name for one place is no other name for what lies below it."""


class Mode(StrEnum):
    """What may be written."""

    READWRITE = "READWRITE"
    READONLY = "READONLY"
    READONLY_OVERRIDE = "READONLY_OVERRIDE"
    IMPORT = "IMPORT"
    FORWARD = "FORWARD"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a mode in any letter case.

        Raises:
            InvalidModeError: There is no such mode.

        """
        try:
            return cls[text.upper()]
        except KeyError:
            raise InvalidModeError from None

    @property
    def is_read_only(self) -> bool:
        return self in {Mode.READONLY, Mode.READONLY_OVERRIDE}

    @property
    def takes_over(self) -> bool:
        """Whether schemas come from another registry, which has checked them."""
        return self in {Mode.IMPORT, Mode.FORWARD}


@dataclass(frozen=True, slots=True)
class Config:
    """What one place (subject, context, registry) says; None where it says nothing.

    Attributes:
        normalize: Whether new schemas are normalised when a request does not say.
        validate_new_schemas: Whether defaults and namespaces of new schemas are held
            to the letter of the specification.
        validate_fields: Whether reserved fields are kept free, and names that begin
            with two dollar signs refused.
        validate_rules: Kept for clients and for Confluent's tools; rule sets are
            validated whatever it says.
        content_policy: How open content is held to the level.
        group: A metadata property: only versions whose value is the candidate's are
            compared.
        alias: The subject that is meant where this one is named; not inherited.
        alias_for_deks: Likewise, where keys for encryption are asked for.
        default_metadata: What new versions have beside what they bring or inherit.
        override_metadata: What new versions have, whatever they bring.
        default_rule_set: As `default_metadata`; rules are told apart by name.
        override_rule_set: As `override_metadata`.

    """

    level: Level | None = None
    normalize: bool | None = None
    validate_new_schemas: bool | None = None
    validate_fields: bool | None = None
    content_policy: ContentPolicy | None = None
    group: str | None = None
    validate_rules: bool | None = None
    alias: str | None = None
    alias_for_deks: str | None = None
    default_metadata: Metadata | None = None
    override_metadata: Metadata | None = None
    default_rule_set: RuleSet | None = None
    override_rule_set: RuleSet | None = None

    @property
    def adds(self) -> bool:
        """Whether new versions get more than what they bring or inherit."""
        added = (
            self.default_metadata,
            self.override_metadata,
            self.default_rule_set,
            self.override_rule_set,
        )
        return any(each is not None and not each.is_empty for each in added)

    def added_to(self, content: Content) -> Content:
        """Return a content with the metadata and rules that this config adds.

        An empty addition adds nothing: a place says so that it is left alone.
        """
        metadata = merged_metadata(_some(self.default_metadata), content.metadata)
        rule_set = merged_rule_set(_some(self.default_rule_set), content.rule_set)
        return replace(
            content,
            metadata=merged_metadata(metadata, _some(self.override_metadata)),
            rule_set=merged_rule_set(rule_set, _some(self.override_rule_set)),
        )

    def over(self, wider: Self) -> Self:
        """Return this config with what it leaves open taken from a wider place."""
        inherited = {
            each.name: getattr(wider, each.name)
            for each in fields(self)
            if getattr(self, each.name) is None and each.name not in _NOT_INHERITED
        }
        return replace(self, **inherited)


SERVER_DEFAULT = Config(level=Level.BACKWARD)
"""What holds where nobody says anything."""


def in_scope(chain: Sequence[Config], default: Config = SERVER_DEFAULT) -> Config:
    """Return what holds for a subject.

    Args:
        chain: The configs that exist along the way up, nearest first: the subject's,
            its context's (the registry's for the default context), `:.__GLOBAL:`'s.
        default: What holds where nobody says anything.

    """
    found = Config()
    for config in (*chain, default):
        found = found.over(config)
    return found


def level_of(config: Config) -> Level:
    """Return the level of a config in scope."""
    return config.level or Level.BACKWARD


def _some(added: Added | None) -> Added | None:
    return None if added is None or added.is_empty else added
