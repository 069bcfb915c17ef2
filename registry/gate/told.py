"""What a manifest tells a registry beside the schema: metadata, rules, settings.

All of it is in the wording of the registry's own API, so that nothing is lost on the
way there and back. What means the same is the same here, however it is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.domain.places import Place
from registry.domain.rule_sets import DEFAULT_KIND, DEFAULT_MODE
from registry.gate import manifests
from registry.gate.manifests import Manifest, ManifestError

POLICIES: Final = "policies"
METADATA: Final = "metadata"
RULE_SET: Final = "ruleSet"
CONFIG: Final = "config"
REFERENCES: Final = "references"

_RULES: Final = ("migrationRules", "domainRules", "encodingRules")
_RULE: Final = {"kind": DEFAULT_KIND, "mode": DEFAULT_MODE, "disabled": False}
_LEVELS: Final = frozenset({"compatibility", "compatibilityLevel"})


@dataclass(frozen=True, slots=True)
class Told:
    """The members of the manifest's property `registry`; None for what it leaves out.

    Attributes:
        references: Of names that no contract of the folder defines, or of versions
            that are meant to stay.
        config: Members of the subject's config, but for its level.
        policies: The subject's stricter policies.

    """

    references: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] | None = None
    rule_set: Mapping[str, Any] | None = None
    config: Mapping[str, Any] | None = None
    policies: tuple[str, ...] | None = None

    @classmethod
    def of(cls, manifest: Manifest) -> "Told":
        """Read what a manifest tells.

        Raises:
            ManifestError: A member is of the wrong kind.

        """
        references = _member(manifest, REFERENCES, list) or []
        for each in references:
            if not isinstance(each, dict) or not isinstance(each.get("name"), str):
                raise _wrong(manifest, REFERENCES, "a list of references with names")
        named = _member(manifest, POLICIES, list)
        if not all(isinstance(each, str) for each in named or ()):
            raise _wrong(manifest, POLICIES, "a list of names")
        config = _member(manifest, CONFIG, dict)
        if _LEVELS & (config or {}).keys():
            raise _wrong(manifest, CONFIG, "no level in it; that is `compatibility`")
        return cls(
            tuple(references),
            _member(manifest, METADATA, dict),
            _member(manifest, RULE_SET, dict),
            config,
            None if named is None else tuple(named),
        )


def entry(manifest: Manifest) -> Mapping[str, Any]:
    """Return the value of the manifest's property `registry`."""
    entries = manifest.document.value.get("customProperties") or ()
    for each in entries:
        if _is_ours(each):
            found: Mapping[str, Any] = each["value"]
            return found
    return {}


def _is_ours(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("property") == manifests.PROPERTY


def message(manifest: Manifest) -> str | None:
    """Return which message of a Protobuf file is sent; None for the first."""
    said = entry(manifest).get("message")
    return said if isinstance(said, str) else None


def policies(manifest: Manifest) -> list[str]:
    """Return the names of the stricter policies, as they are written.

    None, if there is anything else than names among them.
    """
    named = entry(manifest).get(POLICIES)
    if not isinstance(named, list):
        return []
    return [*named] if all(isinstance(each, str) for each in named) else []


def pointer(manifest: Manifest, key: str) -> str:
    """Return where a member of the property `registry` stands in the manifest."""
    entries = manifest.document.value.get("customProperties") or ()
    index = next(at for at, each in enumerate(entries) if _is_ours(each))
    return f"/customProperties/{index}/value/{key}"


def nearest_place(manifest: Manifest, key: str) -> Place | None:
    """Return where a member of the property stands; without it, the property itself."""
    places, at = manifest.document.places, pointer(manifest, key)
    found = places.get(at)
    if found is None:
        entry_at = at.rpartition("/value/")[0]
        found = places.get(f"{entry_at}/property") or places.get(entry_at)
    return found


def _member(manifest: Manifest, key: str, kind: type) -> Any:
    value = entry(manifest).get(key)
    if value is not None and not isinstance(value, kind):
        raise _wrong(manifest, key, "a mapping" if kind is dict else "a list")
    return value


def _wrong(manifest: Manifest, key: str, expected: str) -> ManifestError:
    place = manifest.document.places.get(pointer(manifest, key))
    return ManifestError(manifest.file, f"{key}: expected {expected}", place)


def same_metadata(one: Any, other: Any) -> bool:
    return _metadata(one) == _metadata(other)


def same_rules(one: Any, other: Any) -> bool:
    return _rule_set(one) == _rule_set(other)


def same_members(one: Any, other: Any) -> bool:
    """Whether two configs say the same; what is null is not said."""
    return _config(one) == _config(other)


def _metadata(said: Any) -> tuple[Any, ...]:
    said = said or {}
    tags = {path: sorted({*each}) for path, each in (said.get("tags") or {}).items()}
    return (
        tags,
        dict(said.get("properties") or {}),
        sorted({*(said.get("sensitive") or ())}),
    )


def _rule_set(said: Any) -> tuple[Any, ...]:
    said = said or {}
    lists = [[_rule(each) for each in said.get(name) or ()] for name in _RULES]
    return (*lists, said.get("enableAt"))


def _rule(said: Mapping[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in said.items() if value not in (None, [], {})}
    return {**_RULE, **given}


_MEANINGS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "defaultMetadata": _metadata,
    "overrideMetadata": _metadata,
    "defaultRuleSet": _rule_set,
    "overrideRuleSet": _rule_set,
}


def _config(said: Any) -> dict[str, Any]:
    return {
        key: _MEANINGS.get(key, lambda given: given)(value)
        for key, value in (said or {}).items()
        if value is not None and key not in _LEVELS
    }
