"""Whether a manifest is a document of the Open Data Contract Standard.

Every fault is told with its place and with what was meant, all of them at once. Nothing
is changed: what the standard does not know is reported and kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final

from registry.domain.errors import InvalidRuleSetError, InvalidSchemaError
from registry.domain.json_text import escaped
from registry.domain.places import Place
from registry.domain.promises import policy_name
from registry.domain.rule_sets import hold_metadata, hold_rule_set
from registry.domain.rules import Rule, Severity
from registry.gate import rules, told
from registry.gate.odcs_shapes import DOCUMENT, NAMED
from registry.gate.report import Kind, Located
from registry.gate.shapes import Either, Items, Members, Scalar, Shape
from registry.gate.situations import Situation
from registry.gate.yaml_text import Document

_SOURCE: Final = "Open Data Contract Standard 3.1.0"
_LONGEST_QUOTE: Final = 60

DOCS: Final = "docs/reference/manifest.md"
"""The page that tells of these rules, and of those of examples."""

UNKNOWN_KEY: Final = Rule(
    id="MANIFEST_KEY_UNKNOWN",
    purpose="A manifest has no members that the standard does not know.",
    why="A misspelt member says nothing to anyone, and other tools refuse it.",
    message="{element}",
    source=_SOURCE,
)
MISSING_KEY: Final = Rule(
    id="MANIFEST_KEY_MISSING",
    purpose="A manifest has the members that the standard asks for.",
    why="Other tools refuse the document.",
    message="{element}",
    source=_SOURCE,
)
WRONG_VALUE: Final = Rule(
    id="MANIFEST_VALUE_WRONG",
    purpose="The values of a manifest are of the kind that the standard asks for, or"
    " the registry that is told them.",
    why="Other tools or the registry refuse the document, or read something else than"
    " was meant.",
    message="{element}",
    source=_SOURCE,
)
RULE_INVALID: Final = Rule(
    id="QUALITY_RULE_INVALID",
    purpose="A rule in CEL is an expression over the fields that the schema has, by"
    " their names and types.",
    why="Clients refuse to write and read with a rule that they cannot execute, or it"
    " fails for every event.",
    message="{element}",
    source="Common Expression Language, language definition; Confluent, data contracts",
)

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in (UNKNOWN_KEY, MISSING_KEY, WRONG_VALUE, RULE_INVALID)
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a manifest is not what the standard asks for.

    Attributes:
        pointer: Of what is at fault, or of what lacks something (RFC 6901).
        reason: What is wrong and what was expected, one sentence, no place in it.

    """

    rule: Rule
    severity: Severity
    pointer: str
    place: Place | None
    reason: str


def faults(document: Document) -> Iterator[Fault]:
    """Yield all that is wrong with a manifest, in the order of its text."""
    found = [*_faults(DOCUMENT, document.value, "")]
    placed = [_placed(each, document) for each in found]
    yield from sorted(placed, key=lambda each: _order(each.place))


def look(it: Situation) -> Iterator[Located]:
    """Hold a manifest to its standard, and what it tells to what a registry takes."""
    manifest = it.contract.manifest
    found = [*faults(manifest.document), *_unoffered(it)]
    if not any(each.severity is Severity.ERROR for each in found):
        found += _unmergeable(it)
    for fault in found:
        located = rules.found(
            fault.rule,
            Kind.MANIFEST,
            manifest.file,
            fault.reason,
            contract=manifest.id,
            subject=str(manifest.subject),
            place=fault.place,
            about=fault.pointer,
            docs=DOCS,
        )
        finding = replace(located.finding, severity=fault.severity)
        yield replace(located, finding=finding)


def _unoffered(it: Situation) -> Iterator[Fault]:
    """Yield the stricter policies that the schema's language does not have."""
    manifest = it.contract.manifest
    for index, name in enumerate(told.policies(manifest)):
        offered = it.now.parsing.format(manifest.schema_type).policies
        if policy_name(name) in offered:
            continue
        pointer = f"{told.pointer(manifest, told.POLICIES)}/{index}"
        reason = f"there is no policy {name[:_LONGEST_QUOTE]!r} for"
        place = manifest.document.places.get(pointer)
        reason = f"{reason} {manifest.schema_type}; {_offered(offered)}"
        yield Fault(WRONG_VALUE, Severity.ERROR, pointer, place, reason)


def _unmergeable(it: Situation) -> Iterator[Fault]:
    """Yield what is wrong with the rules only once those of the config are added."""
    try:
        hold_rule_set(it.beside.rule_set)
    except InvalidRuleSetError as error:
        reason = f"with the rules of the config and of the version before: {error}"
        yield _fault(it, told.RULE_SET, reason)
    try:
        hold_metadata(it.beside.metadata)
    except InvalidSchemaError as error:
        reason = f"with what the config and the version before add: {error}"
        yield _fault(it, told.METADATA, reason)


def _fault(it: Situation, member: str, reason: str) -> Fault:
    manifest = it.contract.manifest
    pointer = told.pointer(manifest, member)
    place = manifest.document.places.get(pointer)
    return Fault(WRONG_VALUE, Severity.ERROR, pointer, place, reason)


def nearest(name: str, known: Mapping[str, object]) -> str | None:
    """Return the known name that was most likely meant; None if none is near."""
    same = (each for each in known if each.casefold() == name.casefold())
    close = get_close_matches(name[:_LONGEST_QUOTE], known, n=1, cutoff=0.7)
    return next(same, close[0] if close else None)


@dataclass(frozen=True, slots=True)
class _Found:
    rule: Rule
    pointer: str
    reason: str
    severity: Severity = Severity.ERROR


def _placed(found: _Found, document: Document) -> Fault:
    place = document.places.get(found.pointer)
    return Fault(found.rule, found.severity, found.pointer, place, found.reason)


def _order(place: Place | None) -> tuple[int, int]:
    return (place.line, place.column) if place else (0, 0)


def _faults(shape: Shape, value: Any, pointer: str) -> Iterator[_Found]:
    if isinstance(shape, str):
        shape = NAMED[shape]
    match shape:
        case None:
            return
        case Scalar():
            yield from _scalar_faults(shape, value, pointer)
        case Items():
            yield from _list_faults(shape, value, pointer)
        case Members():
            yield from _mapping_faults(shape, value, pointer)
        case Either():
            if type(value) in shape.of:
                yield from _faults(shape.of[type(value)], value, pointer)
            else:
                yield _wrong(pointer, shape.told, value)


def _scalar_faults(shape: Scalar, value: Any, pointer: str) -> Iterator[_Found]:
    if not _is_of(shape, value):
        hint = "; write it in quotes" if _would_quotes_help(shape, value) else ""
        yield _wrong(pointer, shape.told, value, hint)
    elif shape.choices and value not in shape.choices:
        meant = nearest(value, dict.fromkeys(shape.choices))
        hint = f"; did you mean '{meant}'?" if meant else ""
        yield _wrong(pointer, shape.told, value, hint)
    elif shape.pattern is not None and not shape.pattern.fullmatch(value):
        severity = Severity.ERROR if shape.is_form_needed else Severity.WARNING
        yield _wrong(pointer, shape.told, value, severity=severity)


def _is_of(shape: Scalar, value: Any) -> bool:
    if isinstance(value, bool):
        return bool in shape.kinds
    is_kind = isinstance(value, shape.kinds)
    if not is_kind or value is None:
        return is_kind
    is_low = shape.least is not None and value < shape.least
    return not (is_low or (shape.most is not None and value > shape.most))


def _would_quotes_help(shape: Scalar, value: Any) -> bool:
    return str in shape.kinds and not isinstance(value, dict | list | None)


def _list_faults(shape: Items, value: Any, pointer: str) -> Iterator[_Found]:
    if not isinstance(value, list):
        yield _wrong(pointer, "a list", value)
        return
    if len(value) < shape.least:
        yield _sized(pointer, f"at least {shape.least}", value)
    elif shape.most is not None and len(value) > shape.most:
        yield _sized(pointer, f"at most {shape.most}", value)
    for index, each in enumerate(value):
        yield from _faults(shape.each, each, f"{pointer}/{index}")


def _mapping_faults(shape: Members, value: Any, pointer: str) -> Iterator[_Found]:
    if not isinstance(value, dict):
        yield _wrong(pointer, "a mapping", value)
        return
    found = [*_member_faults(shape, value, pointer)]
    yield from found
    is_right = not any(each.severity is Severity.ERROR for each in found)
    if is_right and shape.hold is not None and (reason := shape.hold(value)):
        yield _Found(WRONG_VALUE, pointer, reason)


def _member_faults(
    shape: Members, value: dict[str, Any], pointer: str
) -> Iterator[_Found]:
    parts = (shape, *(shape.more(value) if shape.more else ()))
    known = {name: inner for part in parts for name, inner in part.of.items()}
    for part in parts:
        yield from _missing(part, value, pointer)
    is_open = any(part.is_open for part in parts)
    for name, each in value.items():
        inside = f"{pointer}/{escaped(name)}"
        if name in known:
            yield from _faults(known[name], each, inside)
        elif not is_open:
            yield _unknown(parts[-1], name, known, inside)


def _missing(shape: Members, value: dict[str, Any], pointer: str) -> Iterator[_Found]:
    for name in shape.needed:
        if name not in value:
            reason = f"expected '{name}' in {shape.told}"
            yield _Found(MISSING_KEY, pointer, reason)
    chosen = [name for name in shape.one_of if name in value]
    if shape.one_of and len(chosen) != 1:
        found = " and ".join(chosen) or "none"
        names = ", ".join(shape.one_of)
        reason = f"expected one of {names} in {shape.told}, found {found}"
        yield _Found(MISSING_KEY if not chosen else WRONG_VALUE, pointer, reason)


def _unknown(
    shape: Members, name: str, known: Mapping[str, object], pointer: str
) -> _Found:
    meant = nearest(name, known)
    quoted = name if len(name) <= _LONGEST_QUOTE else f"{name[:_LONGEST_QUOTE]}…"
    hint = f"did you mean '{meant}'?" if meant else _offered(known)
    reason = f"{shape.told} has no member {quoted!r}; {hint}"
    severity = Severity.WARNING if shape.is_ours else Severity.ERROR
    return _Found(UNKNOWN_KEY, pointer, reason, severity)


def _offered(known: Mapping[str, object]) -> str:
    return f"there are {', '.join(sorted(known)) or 'none'}"


def _wrong(
    pointer: str,
    expected: str,
    value: Any,
    hint: str = "",
    severity: Severity = Severity.ERROR,
) -> _Found:
    name = pointer.rpartition("/")[2]
    subject = f"{name}: " if name and not name.isdecimal() else ""
    reason = f"{subject}expected {expected}, found {_told(value)}{hint}"
    return _Found(WRONG_VALUE, pointer, reason, severity)


def _sized(pointer: str, expected: str, value: list[Any]) -> _Found:
    reason = f"expected {expected} elements, found {len(value)}"
    return _Found(WRONG_VALUE, pointer, reason)


def _told(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and len(value) > _LONGEST_QUOTE:
        value = f"{value[:_LONGEST_QUOTE]}…"
    return repr(value)
