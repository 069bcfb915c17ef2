"""The JSON Schema rule table: one row for each way that a document may be refused.

A difference is named as Confluent's registry names it. Some break a promise under both
content policies, some under `STRICT` alone, and some never do: these are here as well,
since a pair of schemas that differs in nothing worse is what a combined schema looks
for. Whether a difference is there is said by the functions of `changes`.

Sources: the difference types and texts are those of Confluent's JSON Schema provider;
what the keywords mean is said by the drafts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from registry.domain.levels import ContentPolicy
from registry.domain.rules import Rule, Severity

_UNDER_LENIENT: Final = (
    "under the content policy LENIENT ('compatibilityPolicy' of the subject's /config)"
)
_HARMLESS: Final = f"This is taken for harmless {_UNDER_LENIENT}."

_PROVIDER: Final = "Confluent, JSON Schema compatibility"
_VALIDATION: Final = "JSON Schema, Validation vocabulary"
_APPLICATOR: Final = "JSON Schema, Applicator vocabulary"


class Wording(Enum):
    """What Confluent writes of a family of differences."""

    NOTHING = ""
    NEWLY_PRESENT = (
        "The keyword at path '{path}' in the {reader} schema is not present in the"
        " {writer} schema"
    )
    RAISED = (
        "The value at path '{path}' in the {reader} schema is more than its value in"
        " the {writer} schema"
    )
    LOWERED = (
        "The value at path '{path}' in the {reader} schema is less than its value in"
        " the {writer} schema"
    )
    CHANGED = (
        "The value at path '{path}' is different between the {reader} and {writer}"
        " schema"
    )
    FEWER = (
        "An array or combined type at path '{path}' has fewer elements in the {reader}"
        " schema than the {writer} schema"
    )
    MORE = (
        "An array or combined type at path '{path}' has more elements in the {reader}"
        " schema than the {writer} schema"
    )
    OTHER_TYPE = (
        "A type at path '{path}' is different between the {reader} schema and the"
        " {writer} schema"
    )
    ADDED_TO_OPEN = (
        "The {reader} schema has an open content model and has a property or item at"
        " path '{path}' which is missing in the {writer} schema"
    )
    REQUIRED_IN_UNOPEN = (
        "The {reader} schema has an unopen content model and has a required property"
        " at path '{path}' which is missing in the {writer} schema"
    )
    REMOVED_FROM_CLOSED = (
        "The {reader} has a closed content model and is missing a property or item"
        " present at path '{path}' in the {writer} schema"
    )
    REMOVED_NOT_COVERED = (
        "A property or item is missing in the {reader} schema but present at path"
        " '{path}' in the {writer} schema and is not covered by its partially open"
        " content model"
    )
    ADDED_NOT_COVERED = (
        "The {reader} schema has a property or item at path '{path}' which is missing"
        " in the {writer} schema and is not covered by its partially open content"
        " model"
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """A kind of difference between what is read and what was written.

    Attributes:
        name: As Confluent calls it.
        breaks: The policies that it breaks a level under.
        rule: What is told of it; None for one that never breaks anything.

    """

    name: str
    breaks: frozenset[ContentPolicy]
    rule: Rule | None


_ALWAYS: Final = frozenset(ContentPolicy)
_STRICT_ONLY: Final = frozenset({ContentPolicy.STRICT})


def _breaking(
    name: str,
    wording: Wording,
    *,
    purpose: str,
    why: str,
    message: str,
    source: str = _VALIDATION,
    breaks: frozenset[ContentPolicy] = _ALWAYS,
) -> Difference:
    rule = Rule(
        id=f"JSON_{name}",
        purpose=purpose,
        why=why,
        message=message,
        source=source,
        confluent_type=name,
        # The closing quote is not the opening one: so it is on the wire.
        wire=f'{{{{errorType:"{name}", description:"{wording.value}\'}}}}',
    )
    return Difference(name, breaks, rule)


def _tolerated(name: str) -> Difference:
    return Difference(name, frozenset(), None)


@dataclass(frozen=True, slots=True)
class Bound:
    """A keyword with a number, and what it means that the number changes.

    Attributes:
        keyword: The keyword, which is the last token of the path as well.

    """

    keyword: str
    added: Difference
    removed: Difference
    raised: Difference
    lowered: Difference


def _upper(keyword: str, name: str, what: str) -> Bound:
    """A limit that values must not exceed: it may rise and go, not come and fall."""
    return Bound(
        keyword,
        added=_added_bound(keyword, name, what, "beyond"),
        removed=_tolerated(f"{name}_REMOVED"),
        raised=_tolerated(f"{name}_INCREASED"),
        lowered=_breaking(
            f"{name}_DECREASED",
            Wording.LOWERED,
            purpose=f"The limit that '{keyword}' sets to {what} does not fall.",
            why="What was written between the two limits is refused.",
            message=f"{{reader}} has '{keyword}' {{value}} at {{element}}, {{writer}}"
            " allows up to {written}",
        ),
    )


def _lower(keyword: str, name: str, what: str) -> Bound:
    """A limit that values must reach: it may fall and go, not come and rise."""
    return Bound(
        keyword,
        added=_added_bound(keyword, name, what, "below"),
        removed=_tolerated(f"{name}_REMOVED"),
        raised=_breaking(
            f"{name}_INCREASED",
            Wording.RAISED,
            purpose=f"The limit that '{keyword}' sets to {what} does not rise.",
            why="What was written between the two limits is refused.",
            message=f"{{reader}} has '{keyword}' {{value}} at {{element}}, {{writer}}"
            " allows down to {written}",
        ),
        lowered=_tolerated(f"{name}_DECREASED"),
    )


def _added_bound(keyword: str, name: str, what: str, side: str) -> Difference:
    return _breaking(
        f"{name}_ADDED",
        Wording.NEWLY_PRESENT,
        purpose=f"No '{keyword}' comes to limit {what} that was not limited.",
        why=f"What was written {side} the limit, before there was one, is refused.",
        message=f"{{reader}} has '{keyword}' {{value}} at {{element}}, {{writer}} has"
        " no such limit",
    )


# Metadata, and the kind of a schema.

ID_CHANGED: Final = _tolerated("ID_CHANGED")
TITLE_CHANGED: Final = _tolerated("TITLE_CHANGED")
DESCRIPTION_CHANGED: Final = _tolerated("DESCRIPTION_CHANGED")
DEFAULT_CHANGED: Final = _tolerated("DEFAULT_CHANGED")
SCHEMA_REMOVED: Final = _tolerated("SCHEMA_REMOVED")
TYPE_EXTENDED: Final = _tolerated("TYPE_EXTENDED")

SCHEMA_ADDED: Final = _breaking(
    "SCHEMA_ADDED",
    Wording.NOTHING,
    purpose="No schema comes where anything was allowed.",
    why="Anything may have been written where there was no schema.",
    message="{reader} has a schema for {element}, {writer} allows anything there",
    source=_APPLICATOR,
)
TYPE_NARROWED: Final = _breaking(
    "TYPE_NARROWED",
    Wording.OTHER_TYPE,
    purpose="A number does not become an integer.",
    why="Numbers with a fraction that were written before are refused.",
    message="{reader} takes only integers for {element}, {writer} allows any number",
)
TYPE_CHANGED: Final = _breaking(
    "TYPE_CHANGED",
    Wording.OTHER_TYPE,
    purpose="A schema stays of its kind: a type, an enum, a constant, a combination.",
    why="A value of one type is refused by a schema of another; kinds of schemas that"
    " cannot be held against each other are taken to differ.",
    message="{reader} takes {value} for {element}, {writer} allows {written}",
)

# Strings.

STRING_BOUNDS: Final = (
    _upper("maxLength", "MAX_LENGTH", "the length of a string"),
    _lower("minLength", "MIN_LENGTH", "the length of a string"),
)
PATTERN_REMOVED: Final = _tolerated("PATTERN_REMOVED")
PATTERN_ADDED: Final = _breaking(
    "PATTERN_ADDED",
    Wording.NEWLY_PRESENT,
    purpose="No pattern comes for strings that were free.",
    why="Strings that were written before and do not match are refused.",
    message="{reader} wants {element} to match '{value}', {writer} has no pattern",
)
PATTERN_CHANGED: Final = _breaking(
    "PATTERN_CHANGED",
    Wording.CHANGED,
    purpose="A pattern stays as it is written.",
    why="Strings that match the one pattern need not match the other. Patterns are"
    " compared as texts: two that match the same strings still differ.",
    message="{reader} wants {element} to match '{value}', {writer} '{written}'",
)

# Numbers.

NUMBER_BOUNDS: Final = (
    _upper("maximum", "MAXIMUM", "a number"),
    _lower("minimum", "MINIMUM", "a number"),
    _upper("exclusiveMaximum", "EXCLUSIVE_MAXIMUM", "a number"),
    _lower("exclusiveMinimum", "EXCLUSIVE_MINIMUM", "a number"),
)
MULTIPLE_OF_REMOVED: Final = _tolerated("MULTIPLE_OF_REMOVED")
MULTIPLE_OF_REDUCED: Final = _tolerated("MULTIPLE_OF_REDUCED")
MULTIPLE_OF_ADDED: Final = _breaking(
    "MULTIPLE_OF_ADDED",
    Wording.NEWLY_PRESENT,
    purpose="No 'multipleOf' comes for numbers that were free.",
    why="Numbers that were written before and are no multiples are refused.",
    message="{reader} wants multiples of {value} for {element}, {writer} any number",
)
MULTIPLE_OF_EXPANDED: Final = _breaking(
    "MULTIPLE_OF_EXPANDED",
    Wording.RAISED,
    purpose="A 'multipleOf' does not become a multiple of itself.",
    why="Of the multiples that were written only some are multiples now.",
    message="{reader} wants multiples of {value} for {element}, {writer} of {written}",
)
MULTIPLE_OF_CHANGED: Final = _breaking(
    "MULTIPLE_OF_CHANGED",
    Wording.CHANGED,
    purpose="A 'multipleOf' becomes a divisor of itself, if it changes.",
    why="Multiples of one number need not be multiples of the other.",
    message="{reader} wants multiples of {value} for {element}, {writer} of {written}",
)

# Enums and constants.

ENUM_ARRAY_EXTENDED: Final = _tolerated("ENUM_ARRAY_EXTENDED")
ENUM_ARRAY_NARROWED: Final = _breaking(
    "ENUM_ARRAY_NARROWED",
    Wording.FEWER,
    purpose="An enum keeps every value that may have been written.",
    why="A document with a value that has gone is refused.",
    message="{reader} does not know {written} in {element}, which {writer} allows",
)
ENUM_ARRAY_CHANGED: Final = _breaking(
    "ENUM_ARRAY_CHANGED",
    Wording.OTHER_TYPE,
    purpose="An enum keeps every value that may have been written, and a constant its"
    " value.",
    why="A document with a value that has gone is refused.",
    message="{reader} does not know {written} in {element}, which {writer} allows",
)

# Combined schemas.

COMBINED_TYPE_EXTENDED: Final = _tolerated("COMBINED_TYPE_EXTENDED")
PRODUCT_TYPE_NARROWED: Final = _tolerated("PRODUCT_TYPE_NARROWED")
SUM_TYPE_EXTENDED: Final = _tolerated("SUM_TYPE_EXTENDED")
NOT_TYPE_NARROWED: Final = _tolerated("NOT_TYPE_NARROWED")
COMBINED_TYPE_CHANGED: Final = _breaking(
    "COMBINED_TYPE_CHANGED",
    Wording.OTHER_TYPE,
    purpose="A combination becomes a looser one, if it changes: 'anyOf' at best.",
    why="What fits one schema of several need not fit all, nor exactly one.",
    message="{reader} has '{value}' at {element}, {writer} has '{written}'",
    source=_APPLICATOR,
)
COMBINED_TYPE_SUBSCHEMAS_CHANGED: Final = _breaking(
    "COMBINED_TYPE_SUBSCHEMAS_CHANGED",
    Wording.OTHER_TYPE,
    purpose="Each schema of a combination has a compatible one on the other side.",
    why="What was written for a schema that nothing matches any more is refused.",
    message="{reader} has no match in '{value}' of {element} for each schema of"
    " {writer}{because}",
    source=_PROVIDER,
)
PRODUCT_TYPE_EXTENDED: Final = _breaking(
    "PRODUCT_TYPE_EXTENDED",
    Wording.MORE,
    purpose="No schema is added to an 'allOf'.",
    why="What was written had not to fit the schema that came.",
    message="{reader} wants {element} to fit {value} schemas, {writer} {written}",
    source=_APPLICATOR,
)
SUM_TYPE_NARROWED: Final = _breaking(
    "SUM_TYPE_NARROWED",
    Wording.FEWER,
    purpose="No schema is taken out of an 'anyOf' or 'oneOf', nor a type out of a list"
    " of types.",
    why="What was written for the schema that has gone is refused.",
    message="{reader} has {value} choices for {element}, {writer} has {written}",
    source=_APPLICATOR,
)
NOT_TYPE_EXTENDED: Final = _breaking(
    "NOT_TYPE_EXTENDED",
    Wording.MORE,
    purpose="A 'not' excludes no more than it did.",
    why="What was written and is excluded now is refused.",
    message="{reader} excludes more from {element} by 'not' than {writer}",
    source=_APPLICATOR,
)

# Objects.

OBJECT_BOUNDS: Final = (
    _upper("maxProperties", "MAX_PROPERTIES", "the number of properties"),
    _lower("minProperties", "MIN_PROPERTIES", "the number of properties"),
)
REQUIRED_ATTRIBUTE_REMOVED: Final = _tolerated("REQUIRED_ATTRIBUTE_REMOVED")
REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED: Final = _tolerated(
    "REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED"
)
REQUIRED_ATTRIBUTE_ADDED: Final = _breaking(
    "REQUIRED_ATTRIBUTE_ADDED",
    Wording.NEWLY_PRESENT,
    purpose="A property that was optional becomes required only with a default.",
    why="Documents without the property were valid and are refused.",
    message="{reader} requires {element}, which {writer} leaves out at will, and gives"
    " it no default",
)
DEPENDENCY_ARRAY_REMOVED: Final = _tolerated("DEPENDENCY_ARRAY_REMOVED")
DEPENDENCY_ARRAY_NARROWED: Final = _tolerated("DEPENDENCY_ARRAY_NARROWED")
DEPENDENCY_ARRAY_ADDED: Final = _breaking(
    "DEPENDENCY_ARRAY_ADDED",
    Wording.NEWLY_PRESENT,
    purpose="No property comes to depend on others.",
    why="Documents with the property and without the others were valid.",
    message="{reader} wants {value} wherever {element} is, {writer} does not",
)
DEPENDENCY_ARRAY_EXTENDED: Final = _breaking(
    "DEPENDENCY_ARRAY_EXTENDED",
    Wording.MORE,
    purpose="A property depends on no more others than it did.",
    why="Documents with the property and without the new others were valid.",
    message="{reader} wants {value} wherever {element} is, {writer} {written}",
)
DEPENDENCY_ARRAY_CHANGED: Final = _breaking(
    "DEPENDENCY_ARRAY_CHANGED",
    Wording.CHANGED,
    purpose="A property depends on no others than it did.",
    why="Documents with the property and without the new others were valid.",
    message="{reader} wants {value} wherever {element} is, {writer} {written}",
)
DEPENDENCY_SCHEMA_REMOVED: Final = _tolerated("DEPENDENCY_SCHEMA_REMOVED")
DEPENDENCY_SCHEMA_ADDED: Final = _breaking(
    "DEPENDENCY_SCHEMA_ADDED",
    Wording.NEWLY_PRESENT,
    purpose="No schema comes to depend on a property.",
    why="Documents with the property had not to fit the schema.",
    message="{reader} has a schema for objects with {element}, {writer} has none",
    source=_APPLICATOR,
)
ADDITIONAL_PROPERTIES_ADDED: Final = _tolerated("ADDITIONAL_PROPERTIES_ADDED")
ADDITIONAL_PROPERTIES_EXTENDED: Final = _tolerated("ADDITIONAL_PROPERTIES_EXTENDED")
ADDITIONAL_PROPERTIES_REMOVED: Final = _breaking(
    "ADDITIONAL_PROPERTIES_REMOVED",
    Wording.NEWLY_PRESENT,
    purpose="An object that was open for more properties is not closed.",
    why="Documents with properties that no schema names were valid and are refused."
    f" {_HARMLESS}",
    message="{reader} refuses properties of {element} that it does not name, {writer}"
    " allows them",
    source=_APPLICATOR,
    breaks=_STRICT_ONLY,
)
ADDITIONAL_PROPERTIES_NARROWED: Final = _breaking(
    "ADDITIONAL_PROPERTIES_NARROWED",
    Wording.FEWER,
    purpose="No schema comes for properties that were free.",
    why=f"Documents with other properties of any kind were valid. {_HARMLESS}",
    message="{reader} has a schema for properties of {element} that it does not name,"
    " {writer} allows any",
    source=_APPLICATOR,
    breaks=_STRICT_ONLY,
)
UNEVALUATED_PROPERTIES_ADDED: Final = _tolerated("UNEVALUATED_PROPERTIES_ADDED")
UNEVALUATED_PROPERTIES_EXTENDED: Final = _tolerated("UNEVALUATED_PROPERTIES_EXTENDED")
UNEVALUATED_PROPERTIES_REMOVED: Final = _breaking(
    "UNEVALUATED_PROPERTIES_REMOVED",
    Wording.NEWLY_PRESENT,
    purpose="Properties that no schema looks at are not ruled out.",
    why=f"Documents with such properties were valid and are refused. {_HARMLESS}",
    message="{reader} refuses unevaluated properties of {element}, {writer} allows"
    " them",
    source="JSON Schema, Unevaluated vocabulary",
    breaks=_STRICT_ONLY,
)
UNEVALUATED_PROPERTIES_NARROWED: Final = _breaking(
    "UNEVALUATED_PROPERTIES_NARROWED",
    Wording.FEWER,
    purpose="No schema comes for properties that no schema looked at.",
    why=f"Documents with such properties of any kind were valid. {_HARMLESS}",
    message="{reader} has a schema for unevaluated properties of {element}, {writer}"
    " allows any",
    source="JSON Schema, Unevaluated vocabulary",
    breaks=_STRICT_ONLY,
)

# Properties that come and go, by the content model of the side that lacks them.

_OPEN: Final = (
    "The schema without the property is open: a document may already hold anything"
    " under this name."
)
_ESCAPES: Final = (
    "It passes with the property in both schemas or in neither, or with the schema true"
    " for it. If nobody used the name, it passes as it is, or with the object closed,"
    f" {_UNDER_LENIENT}. From then on, what is closed ('additionalProperties': false)"
    " takes new optional properties, and what is partially open (a schema there) those"
    " that keep to the schema; under STRICT, to close what was open is a break itself."
)
PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN: Final = _tolerated(
    "PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL"
)
REQUIRED_PROPERTY_ADDED_TO_OPEN: Final = _breaking(
    "REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
    Wording.ADDED_TO_OPEN,
    purpose="No required property is added to an object whose content was open.",
    why=f"Documents without the property were valid and are refused. {_OPEN} No content"
    f" policy makes this harmless.",
    message="{reader} requires {element}, which {writer} does not name and may lack or"
    " hold with any value",
    source=_PROVIDER,
)
REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN: Final = _breaking(
    "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL",
    Wording.ADDED_TO_OPEN,
    purpose="No property is added to an object whose content was open, unless it may"
    " have any value.",
    why=f"{_OPEN} {_ESCAPES}",
    message="{reader} has a schema for {element}, under which {writer}, open, allows"
    " anything",
    source=_PROVIDER,
    breaks=_STRICT_ONLY,
)
OPTIONAL_PROPERTY_ADDED_TO_OPEN: Final = _breaking(
    "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
    Wording.ADDED_TO_OPEN,
    purpose="No property is added to an object whose content was open, unless it may"
    " have any value.",
    why=f"{_OPEN} {_ESCAPES}",
    message="{reader} has a schema for {element}, under which {writer}, open, allows"
    " anything",
    source=_PROVIDER,
    breaks=_STRICT_ONLY,
)
REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN: Final = _tolerated(
    "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL"
)
OPTIONAL_PROPERTY_ADDED_TO_UNOPEN: Final = _tolerated(
    "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"
)
REQUIRED_PROPERTY_ADDED_TO_UNOPEN: Final = _breaking(
    "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
    Wording.REQUIRED_IN_UNOPEN,
    purpose="A property that is added to an object is optional, or has a default.",
    why="Documents without the property were valid and are refused.",
    message="{reader} requires {element}, which {writer} does not know, and gives it no"
    " default",
    source=_PROVIDER,
)
PROPERTY_ADDED_IS_COVERED: Final = _tolerated(
    "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
)
PROPERTY_ADDED_NOT_COVERED: Final = _breaking(
    "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    Wording.ADDED_NOT_COVERED,
    purpose="A property that is added takes all that the schema for other properties,"
    " or for the pattern of its name, has allowed.",
    why="Documents with the property, held to that schema only, were valid.",
    message="{reader} has a schema for {element} that does not take all that {writer}"
    " allows there",
    source=_PROVIDER,
    breaks=_STRICT_ONLY,
)
PROPERTY_REMOVED_FROM_OPEN: Final = _tolerated(
    "PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL"
)
PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED: Final = _tolerated(
    "PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL"
)
PROPERTY_REMOVED_FROM_CLOSED: Final = _breaking(
    "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    Wording.REMOVED_FROM_CLOSED,
    purpose="No property is removed from a closed object.",
    why="Documents with the property are refused, since nothing but the properties that"
    f" are named is allowed. {_HARMLESS}",
    message="{reader}, closed, refuses {element}, which {writer} allows",
    source=_PROVIDER,
    breaks=_STRICT_ONLY,
)
PROPERTY_REMOVED_IS_COVERED: Final = _tolerated(
    "PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
)
PROPERTY_REMOVED_NOT_COVERED: Final = _breaking(
    "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    Wording.REMOVED_NOT_COVERED,
    purpose="A property that is removed is allowed, as it was, by the schema for other"
    " properties or for the pattern of its name.",
    why="Documents with the property are held to that schema now, and refused.",
    message="{reader} holds {element} to a schema for other properties that does not"
    " take all that {writer} allows",
    source=_PROVIDER,
    breaks=_STRICT_ONLY,
)

# Arrays.

ARRAY_BOUNDS: Final = (
    _upper("maxItems", "MAX_ITEMS", "the number of items"),
    _lower("minItems", "MIN_ITEMS", "the number of items"),
)
CONTAINS_BOUNDS: Final = (
    _upper("maxContains", "MAX_CONTAINS", "the number of items that fit 'contains'"),
    _lower("minContains", "MIN_CONTAINS", "the number of items that fit 'contains'"),
)
UNIQUE_ITEMS_REMOVED: Final = _tolerated("UNIQUE_ITEMS_REMOVED")
UNIQUE_ITEMS_ADDED: Final = _breaking(
    "UNIQUE_ITEMS_ADDED",
    Wording.NEWLY_PRESENT,
    purpose="Items that could be equal need not become unique.",
    why="Arrays with equal items were valid and are refused.",
    message="{reader} wants the items of {element} to be unique, {writer} does not",
)
ADDITIONAL_ITEMS_ADDED: Final = _tolerated("ADDITIONAL_ITEMS_ADDED")
ADDITIONAL_ITEMS_EXTENDED: Final = _tolerated("ADDITIONAL_ITEMS_EXTENDED")
ADDITIONAL_ITEMS_REMOVED: Final = _breaking(
    "ADDITIONAL_ITEMS_REMOVED",
    Wording.NEWLY_PRESENT,
    purpose="An array that was open for more items is not closed.",
    why="Arrays that are longer than the list of schemas were valid.",
    message="{reader} refuses items of {element} beyond those that it lists, {writer}"
    " allows them",
    source=_APPLICATOR,
)
ADDITIONAL_ITEMS_NARROWED: Final = _breaking(
    "ADDITIONAL_ITEMS_NARROWED",
    Wording.FEWER,
    purpose="No schema comes for items beyond the list that were free.",
    why="Arrays with further items of any kind were valid.",
    message="{reader} has a schema for items of {element} beyond those that it lists,"
    " {writer} allows any",
    source=_APPLICATOR,
)
UNEVALUATED_ITEMS_ADDED: Final = _tolerated("UNEVALUATED_ITEMS_ADDED")
UNEVALUATED_ITEMS_EXTENDED: Final = _tolerated("UNEVALUATED_ITEMS_EXTENDED")
UNEVALUATED_ITEMS_REMOVED: Final = _breaking(
    "UNEVALUATED_ITEMS_REMOVED",
    Wording.NEWLY_PRESENT,
    purpose="Items that no schema looks at are not ruled out.",
    why="Arrays with such items were valid and are refused.",
    message="{reader} refuses unevaluated items of {element}, {writer} allows them",
    source="JSON Schema, Unevaluated vocabulary",
)
UNEVALUATED_ITEMS_NARROWED: Final = _breaking(
    "UNEVALUATED_ITEMS_NARROWED",
    Wording.FEWER,
    purpose="No schema comes for items that no schema looked at.",
    why="Arrays with such items of any kind were valid.",
    message="{reader} has a schema for unevaluated items of {element}, {writer} allows"
    " any",
    source="JSON Schema, Unevaluated vocabulary",
)
ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN: Final = _tolerated(
    "ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL"
)
ITEM_ADDED_TO_OPEN: Final = _breaking(
    "ITEM_ADDED_TO_OPEN_CONTENT_MODEL",
    Wording.ADDED_TO_OPEN,
    purpose="No schema for a position is added to an array that was open, unless it"
    " takes anything.",
    why="Arrays may already hold anything at this position. An array that is closed"
    " takes schemas for new positions from the next version on. No content policy"
    " makes this harmless.",
    message="{reader} has a schema for {element}, where {writer}, open, allows"
    " anything",
    source=_PROVIDER,
)
ITEM_ADDED_TO_CLOSED: Final = _tolerated("ITEM_ADDED_TO_CLOSED_CONTENT_MODEL")
ITEM_ADDED_IS_COVERED: Final = _tolerated(
    "ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
)
ITEM_ADDED_NOT_COVERED: Final = _breaking(
    "ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    Wording.ADDED_NOT_COVERED,
    purpose="A schema for a position takes all that the schema for further items has"
    " allowed there.",
    why="Arrays with an item at this position, held to that schema only, were valid.",
    message="{reader} has a schema for {element} that does not take all that {writer}"
    " allows there",
    source=_PROVIDER,
)
ITEM_REMOVED_FROM_OPEN: Final = _tolerated("ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL")
ITEM_WITH_FALSE_REMOVED_FROM_CLOSED: Final = _tolerated(
    "ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL"
)
ITEM_REMOVED_FROM_CLOSED: Final = _breaking(
    "ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL",
    Wording.REMOVED_FROM_CLOSED,
    purpose="No position is removed from a closed array.",
    why="Arrays with an item at this position are refused as too long.",
    message="{reader}, closed, refuses {element}, which {writer} allows",
    source=_PROVIDER,
)
ITEM_REMOVED_IS_COVERED: Final = _tolerated(
    "ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
)
ITEM_REMOVED_NOT_COVERED: Final = _breaking(
    "ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
    Wording.REMOVED_NOT_COVERED,
    purpose="A position that is removed is allowed, as it was, by the schema for"
    " further items.",
    why="Arrays with an item at this position are held to that schema now.",
    message="{reader} holds {element} to a schema for further items that does not take"
    " all that {writer} allows",
    source=_PROVIDER,
)

COMPARISON_TOO_LARGE: Final = Difference(
    "COMPARISON_TOO_LARGE",
    _ALWAYS,
    Rule(
        id="JSON_COMPARISON_TOO_LARGE",
        purpose="Two schemas can be compared in a bounded number of steps.",
        why="Combinations within combinations meet in every combination; what cannot"
        " be checked is not promised.",
        message="comparing {reader} with {writer} takes more than {limit} steps",
        source="Wirepact: a bound on the work of one comparison",
        wire="Unexpected exception during compatibility check: the comparison takes"
        " more than {limit} steps",
    ),
)

# What the comparison does not look at: accepted, and it may still hurt.


def _unseen(
    name: str, *, purpose: str, why: str, message: str, source: str = _APPLICATOR
) -> Difference:
    rule = Rule(
        id=f"JSON_{name}",
        purpose=purpose,
        why=why,
        message=message,
        source=source,
        severity=Severity.WARNING,
    )
    return Difference(name, frozenset(), rule)


_SILENT: Final = "The comparison of Confluent's registry passes over this. "

CONTAINS_CHANGED: Final = _unseen(
    "CONTAINS_CHANGED",
    purpose="What an array must contain stays.",
    why=_SILENT + "Arrays without a fitting item, or with too few of them, are"
    " refused.",
    message="{reader} has another 'contains' for {element} than {writer}",
)
PROPERTY_NAMES_CHANGED: Final = _unseen(
    "PROPERTY_NAMES_CHANGED",
    purpose="What the names of properties must fit stays.",
    why=_SILENT + "Documents with a name that no longer fits are refused.",
    message="{reader} has other 'propertyNames' for {element} than {writer}",
)
PATTERN_PROPERTIES_CHANGED: Final = _unseen(
    "PATTERN_PROPERTIES_CHANGED",
    purpose="The patterns for names of properties stay, and their schemas.",
    why=_SILENT + "Documents with a property whose name matches are held to another"
    " schema than before.",
    message="{reader} has other 'patternProperties' for {element} than {writer}",
)
PROPERTY_ADDED_BESIDE_PATTERNS: Final = _unseen(
    "PROPERTY_ADDED_BESIDE_PATTERNS",
    purpose="No property is added to an object with patterns that do not match its"
    " name, unless the object refuses such names or the property may have any value.",
    why="The comparison of Confluent's registry takes an object with"
    " 'patternProperties' for closed to all other names. Without"
    " 'additionalProperties': false it is not: documents may already hold anything"
    " under this name.",
    message="{reader} has a schema for {element}, a name that no pattern of {writer}"
    " matches and that it does not refuse",
)
CONDITION_CHANGED: Final = _unseen(
    "CONDITION_CHANGED",
    purpose="What depends on a condition stays: 'if', 'then' and 'else'.",
    why=_SILENT + "Documents are held to another schema than before.",
    message="{reader} has another 'if', 'then' or 'else' for {element} than {writer}",
)
FORMAT_CHANGED: Final = _unseen(
    "FORMAT_CHANGED",
    purpose="The format, encoding and media type of a string stay.",
    why=_SILENT + "Some validators hold strings to a format and refuse others; readers"
    " that parse by it fail.",
    message="{reader} takes {element} for {value}, {writer} for {written}",
    source="JSON Schema, Format vocabulary",
)
PATTERN_MAY_BE_EQUAL: Final = _unseen(
    "PATTERN_MAY_BE_EQUAL",
    purpose="A pattern is not rewritten without need.",
    why="Patterns are compared as texts. If both match the same strings, the refusal"
    " tells nothing: keep the old text.",
    message="{reader} writes the pattern of {element} as '{value}', {writer} as"
    " '{written}': they may match the same strings",
    source=_VALIDATION,
)
DEFAULT_VALUE_CHANGED: Final = _unseen(
    "DEFAULT_VALUE_CHANGED",
    purpose="The default of a property stays.",
    why="Readers that fill in defaults take another value than before for a property"
    " that is missing.",
    message="{reader} has the default {value} for {element}, {writer} {written}",
    source="JSON Schema, Meta-data vocabulary",
)
REQUIRED_UNCHECKED: Final = _unseen(
    "REQUIRED_UNCHECKED",
    purpose="No property becomes required, even with a default.",
    why=_SILENT + "A validator does not fill in defaults: it refuses documents without"
    " the property.",
    message="{reader} requires {value} in {element}, {writer} does not",
    source=_VALIDATION,
)
ONE_OF_MAY_OVERLAP: Final = _unseen(
    "ONE_OF_MAY_OVERLAP",
    purpose="The schemas of a 'oneOf' rule each other out.",
    why=_SILENT + "A value that fits a schema that was added or widened, and the one"
    " that it was written for, fits two of them and is refused.",
    message="{reader} has another 'oneOf' for {element} than {writer}: values may fit"
    " two of its schemas",
)
TYPE_BECAME_EXPLICIT: Final = _unseen(
    "TYPE_BECAME_EXPLICIT",
    purpose="A schema that held for values of one type only does not come to refuse"
    " those of others.",
    why=_SILENT + "Without 'type', a keyword such as 'minLength' lets values of other"
    " types pass.",
    message="{reader} wants {element} to be {value}, {writer} holds only such values to"
    " its schema and allows others",
    source=_VALIDATION,
)
UNEVALUATED_MAY_DIFFER: Final = _unseen(
    "UNEVALUATED_MAY_DIFFER",
    purpose="Schemas beside 'unevaluatedProperties' or 'unevaluatedItems' stay.",
    why=_SILENT + "What the schemas beside it look at decides what is unevaluated, and"
    " may be refused.",
    message="{reader} and {writer} differ in {element}, where what is unevaluated is"
    " restricted",
    source="JSON Schema, Unevaluated vocabulary",
)
DYNAMIC_REFERENCE: Final = _unseen(
    "DYNAMIC_REFERENCE",
    purpose="A reference leads to the same schema wherever it is used.",
    why="Where a dynamic reference leads depends on the way to it. It is taken for a"
    " plain one here.",
    message="{reader} or {writer} has a dynamic reference at {element}, which is"
    " compared as a plain one",
    source="JSON Schema, Core, Dynamic References",
)
CONNECT_BYTES: Final = _unseen(
    "CONNECT_BYTES",
    purpose="Bytes of Kafka Connect stay of one type.",
    why="Two schemas that are both marked as bytes of Kafka Connect pass for equal,"
    " whatever their types.",
    message="{reader} takes {value} for {element}, {writer} allows {written}; both are"
    " bytes of Kafka Connect",
    source=_PROVIDER,
)
NOT_UNCHECKED: Final = _unseen(
    "NOT_UNCHECKED",
    purpose="What a 'not' excludes stays.",
    why="Within 'not' something changed that the comparison does not look at.",
    message="{reader} may exclude other values from {element} by 'not' than {writer}",
)

_BOUNDS: Final = (
    *STRING_BOUNDS,
    *NUMBER_BOUNDS,
    *OBJECT_BOUNDS,
    *ARRAY_BOUNDS,
    *CONTAINS_BOUNDS,
)
DIFFERENCES: Final[Mapping[str, Difference]] = {
    each.name: each
    for each in (
        ID_CHANGED,
        TITLE_CHANGED,
        DESCRIPTION_CHANGED,
        DEFAULT_CHANGED,
        SCHEMA_REMOVED,
        TYPE_EXTENDED,
        SCHEMA_ADDED,
        TYPE_NARROWED,
        TYPE_CHANGED,
        PATTERN_REMOVED,
        PATTERN_ADDED,
        PATTERN_CHANGED,
        MULTIPLE_OF_REMOVED,
        MULTIPLE_OF_REDUCED,
        MULTIPLE_OF_ADDED,
        MULTIPLE_OF_EXPANDED,
        MULTIPLE_OF_CHANGED,
        ENUM_ARRAY_EXTENDED,
        ENUM_ARRAY_NARROWED,
        ENUM_ARRAY_CHANGED,
        COMBINED_TYPE_EXTENDED,
        PRODUCT_TYPE_NARROWED,
        SUM_TYPE_EXTENDED,
        NOT_TYPE_NARROWED,
        COMBINED_TYPE_CHANGED,
        COMBINED_TYPE_SUBSCHEMAS_CHANGED,
        PRODUCT_TYPE_EXTENDED,
        SUM_TYPE_NARROWED,
        NOT_TYPE_EXTENDED,
        REQUIRED_ATTRIBUTE_REMOVED,
        REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED,
        REQUIRED_ATTRIBUTE_ADDED,
        DEPENDENCY_ARRAY_REMOVED,
        DEPENDENCY_ARRAY_NARROWED,
        DEPENDENCY_ARRAY_ADDED,
        DEPENDENCY_ARRAY_EXTENDED,
        DEPENDENCY_ARRAY_CHANGED,
        DEPENDENCY_SCHEMA_REMOVED,
        DEPENDENCY_SCHEMA_ADDED,
        ADDITIONAL_PROPERTIES_ADDED,
        ADDITIONAL_PROPERTIES_EXTENDED,
        ADDITIONAL_PROPERTIES_REMOVED,
        ADDITIONAL_PROPERTIES_NARROWED,
        UNEVALUATED_PROPERTIES_ADDED,
        UNEVALUATED_PROPERTIES_EXTENDED,
        UNEVALUATED_PROPERTIES_REMOVED,
        UNEVALUATED_PROPERTIES_NARROWED,
        PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN,
        REQUIRED_PROPERTY_ADDED_TO_OPEN,
        REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN,
        OPTIONAL_PROPERTY_ADDED_TO_OPEN,
        REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN,
        OPTIONAL_PROPERTY_ADDED_TO_UNOPEN,
        REQUIRED_PROPERTY_ADDED_TO_UNOPEN,
        PROPERTY_ADDED_IS_COVERED,
        PROPERTY_ADDED_NOT_COVERED,
        PROPERTY_REMOVED_FROM_OPEN,
        PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED,
        PROPERTY_REMOVED_FROM_CLOSED,
        PROPERTY_REMOVED_IS_COVERED,
        PROPERTY_REMOVED_NOT_COVERED,
        UNIQUE_ITEMS_REMOVED,
        UNIQUE_ITEMS_ADDED,
        ADDITIONAL_ITEMS_ADDED,
        ADDITIONAL_ITEMS_EXTENDED,
        ADDITIONAL_ITEMS_REMOVED,
        ADDITIONAL_ITEMS_NARROWED,
        UNEVALUATED_ITEMS_ADDED,
        UNEVALUATED_ITEMS_EXTENDED,
        UNEVALUATED_ITEMS_REMOVED,
        UNEVALUATED_ITEMS_NARROWED,
        ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN,
        ITEM_ADDED_TO_OPEN,
        ITEM_ADDED_TO_CLOSED,
        ITEM_ADDED_IS_COVERED,
        ITEM_ADDED_NOT_COVERED,
        ITEM_REMOVED_FROM_OPEN,
        ITEM_WITH_FALSE_REMOVED_FROM_CLOSED,
        ITEM_REMOVED_FROM_CLOSED,
        ITEM_REMOVED_IS_COVERED,
        ITEM_REMOVED_NOT_COVERED,
        COMPARISON_TOO_LARGE,
        CONTAINS_CHANGED,
        PROPERTY_NAMES_CHANGED,
        PATTERN_PROPERTIES_CHANGED,
        PROPERTY_ADDED_BESIDE_PATTERNS,
        CONDITION_CHANGED,
        FORMAT_CHANGED,
        PATTERN_MAY_BE_EQUAL,
        DEFAULT_VALUE_CHANGED,
        REQUIRED_UNCHECKED,
        ONE_OF_MAY_OVERLAP,
        TYPE_BECAME_EXPLICIT,
        UNEVALUATED_MAY_DIFFER,
        DYNAMIC_REFERENCE,
        CONNECT_BYTES,
        NOT_UNCHECKED,
        *(
            each
            for bound in _BOUNDS
            for each in (bound.added, bound.removed, bound.raised, bound.lowered)
        ),
    )
}
"""Every kind of difference by its name, those that break nothing included."""

RULES: Final[Mapping[str, Rule]] = {
    each.rule.id: each.rule for each in DIFFERENCES.values() if each.rule is not None
}
"""Every row by its id."""
