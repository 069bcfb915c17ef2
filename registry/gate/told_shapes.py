"""What a registry can be told in a manifest, as a table: the wording of its own API.

Each member may be left out, or be null, as there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from registry.domain.errors import InvalidRuleSetError, InvalidSchemaError
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.rule_sets import hold_metadata, hold_rule_set
from registry.gate import promised
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
_TEXTS_OR_NOTHING: Final = _or_nothing(TEXTS)
_FLAG_OR_NOTHING: Final = _or_nothing(FLAG)


def _has_size(said: Mapping[str, Any]) -> str | None:
    try:
        hold_metadata(promised.metadata(said))
    except InvalidSchemaError as error:
        return str(error)
    return None


_METADATA: Final = _or_nothing(
    Members(
        "the metadata",
        {
            "tags": _or_nothing(_each("tags by paths", TEXTS)),
            "properties": _or_nothing(_each("texts by names", TEXT)),
            "sensitive": _TEXTS_OR_NOTHING,
        },
        is_ours=True,
        hold=_has_size,
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
MEMBERS: Final[Mapping[str, Shape]] = {
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
"""Of the value of the custom property `registry`."""
