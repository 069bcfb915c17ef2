"""The Avro rule table: one row for each way that resolution can fail or mislead.

A row is its own documentation: what must hold, why, and how it is told. Whether it
holds for a pair of types is said by the functions of `checks`.

Sources: Avro 1.12 specification, section "Schema Resolution"; the difference types and
texts are those of Apache's `SchemaCompatibility` as Confluent's registry prints them.
"""

from collections.abc import Mapping
from typing import Final

from registry.domain.rules import Rule, Severity

_RESOLUTION: Final = "Avro 1.12 specification, Schema Resolution"


def _wire(difference: str, description: str, information: str) -> str:
    """A template in the form in which Confluent prints a difference."""
    return (
        f"{{{{errorType:'{difference}', description:'{description}',"
        f" additionalInfo:'{information}'}}}}"
    )


# What refuses a schema. The order within a pair is that of the checks below.

NAME_MISMATCH: Final = Rule(
    id="AVRO_NAME_MISMATCH",
    purpose="A record, enum or fixed type keeps its name, or names the old one as an"
    " alias.",
    why="A decoder refuses data of a named type that it does not know by its name.",
    message="{reader} has {kind} '{reader_name}' where {writer} has '{writer_name}',"
    " and no alias says that they are the same",
    source=_RESOLUTION,
    confluent_type="NAME_MISMATCH",
    wire=_wire(
        "NAME_MISMATCH",
        "The name of the schema has changed (path '{path}')",
        "expected: {writer_name}",
    ),
)

FIXED_SIZE_MISMATCH: Final = Rule(
    id="AVRO_FIXED_SIZE_MISMATCH",
    purpose="A fixed type keeps its size.",
    why="A fixed value carries no length: a decoder that takes more or fewer bytes"
    " than were written misreads everything that follows.",
    message="{reader} reads {size} bytes for fixed '{name}', {writer} writes"
    " {written_size}",
    source=_RESOLUTION,
    confluent_type="FIXED_SIZE_MISMATCH",
    wire=_wire(
        "FIXED_SIZE_MISMATCH",
        "The size of FIXED type field at path '{path}' in the {reader} schema does not"
        " match with the {writer} schema",
        "expected: {written_size}, found: {size}",
    ),
)

MISSING_ENUM_SYMBOLS: Final = Rule(
    id="AVRO_MISSING_ENUM_SYMBOLS",
    purpose="A reader's enum has every symbol that may have been written, or a default"
    " symbol.",
    why="A decoder that meets a symbol it does not know fails, unless the enum itself"
    " has a default; the default of a field does not help.",
    message="{reader} lacks {names} in enum '{name}', which {writer} may write, and"
    " has no default symbol",
    source=_RESOLUTION,
    confluent_type="MISSING_ENUM_SYMBOLS",
    wire=_wire(
        "MISSING_ENUM_SYMBOLS",
        "The {reader} schema is missing enum symbols '{symbols}' at path '{path}' in"
        " the {writer} schema",
        "{symbols}",
    ),
)

READER_FIELD_MISSING_DEFAULT_VALUE: Final = Rule(
    id="AVRO_READER_FIELD_MISSING_DEFAULT_VALUE",
    purpose="A field that only the reader has needs a default.",
    why="A reader that meets data without the field has nothing to put there.",
    message="{reader} reads field '{field}', which {writer} does not write, and gives"
    " it no default",
    source=_RESOLUTION,
    confluent_type="READER_FIELD_MISSING_DEFAULT_VALUE",
    wire=_wire(
        "READER_FIELD_MISSING_DEFAULT_VALUE",
        "The field '{field}' at path '{path}' in the {reader} schema has no default"
        " value and is missing in the {writer} schema",
        "{field}",
    ),
)

TYPE_MISMATCH: Final = Rule(
    id="AVRO_TYPE_MISMATCH",
    purpose="A type stays, or changes to one to which Avro promotes it.",
    why="The bytes of one type mean nothing in the other; only int, long, float and"
    " double (upwards), and string and bytes, can be read as each other.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}",
    source=_RESOLUTION,
    confluent_type="TYPE_MISMATCH",
    wire=_wire(
        "TYPE_MISMATCH",
        "The type (path '{path}') of a field in the {reader} schema does not match"
        " with the {writer} schema",
        "reader type: {reader_word} not compatible with writer type: {writer_word}",
    ),
)

ENUM_FIELD_MISSING_DEFAULT_VALUE: Final = Rule(
    id="AVRO_ENUM_FIELD_MISSING_DEFAULT_VALUE",
    purpose="A field that only the reader has needs a default of its own, even if its"
    " type is an enum with a default symbol.",
    why="The default of an enum stands in for an unknown symbol, not for a field that"
    " was never written.",
    message="{reader} reads field '{field}', which {writer} does not write, and gives"
    " it no default; the default symbol of its enum does not count",
    source="Apache SchemaCompatibility, which takes the enum's default for the field's"
    " and then compares the enum with the writer's record",
    # The same difference on the wire, by the quirk of the source.
    confluent_type="TYPE_MISMATCH",
    wire=TYPE_MISMATCH.wire,
)

MISSING_UNION_BRANCH: Final = Rule(
    id="AVRO_MISSING_UNION_BRANCH",
    purpose="A reader's union has a branch for every type that may have been written.",
    why="A decoder that meets a branch it has no type for fails.",
    message="{reader} has no branch in {element} that reads the {writer_type} that"
    " {writer} may write{because}",
    source=_RESOLUTION,
    confluent_type="MISSING_UNION_BRANCH",
    wire=_wire(
        "MISSING_UNION_BRANCH",
        "The {reader} schema is missing a type inside a union field at path '{path}'"
        " in the {writer} schema",
        "reader union lacking writer type: {writer_word}",
    ),
)

_EXCEPTION: Final = "Unexpected exception during compatibility check: "

AMBIGUOUS_FIELD_ALIAS: Final = Rule(
    id="AVRO_AMBIGUOUS_FIELD_ALIAS",
    purpose="A reader's field matches at most one field of the writer, by its name and"
    " aliases together.",
    why="Which of the written values belongs to the field cannot be told.",
    message="{reader} reads field '{field}' from more than one field of {writer}:"
    " {matches}",
    source="Apache SchemaCompatibility, which gives up with an exception",
    wire=_EXCEPTION + "Reader record field {field} type:{reader_word} pos:{position}"
    " matches multiple fields in writer record schema {record}",
)

COMPARISON_TOO_LARGE: Final = Rule(
    id="AVRO_COMPARISON_TOO_LARGE",
    purpose="Two schemas can be compared in a bounded number of steps.",
    why="Recursive types of different lengths meet in every combination; what cannot be"
    " checked is not promised.",
    message="comparing {reader} with {writer} takes more than {limit} steps",
    source="Wirepact: a bound on the work of one comparison",
    wire=_EXCEPTION + "the comparison takes more than {limit} steps",
)

# What passes the check and may still hurt.

NAMESPACE_IGNORED: Final = Rule(
    id="AVRO_NAMESPACE_IGNORED",
    purpose="A named type keeps its namespace, or names the old full name as an alias.",
    why="The check compares simple names only, as the specification says; several"
    " decoders compare full names inside unions and fail or take another branch.",
    message="{reader} has {kind} '{reader_name}' where {writer} has '{writer_name}':"
    " only the simple names are equal",
    source="Avro 1.12 specification, Schema Resolution; fastavro issue 512",
    severity=Severity.WARNING,
)

AMBIGUOUS_UNION_BRANCH: Final = Rule(
    id="AVRO_AMBIGUOUS_UNION_BRANCH",
    purpose="At most one branch of a reader's union matches a written named type.",
    why="The first match by simple name wins in some decoders, the best match by full"
    " name in others: the same bytes become different objects.",
    message="{reader} has more than one branch in {element} for the {writer_type} that"
    " {writer} may write: {branches}",
    source="Avro 1.12 specification, Schema Resolution; mtth/avsc issue 361",
    severity=Severity.WARNING,
)

UNION_FIRST_MATCH: Final = Rule(
    id="AVRO_UNION_FIRST_MATCH",
    purpose="The first branch of a reader's union that reads a type is the one that"
    " fits it best.",
    why="The specification takes the first match, several decoders the closest: the"
    " same bytes become values of different types, one of them less exact.",
    message="{reader} reads the {writer_type} that {writer} may write in {element} as"
    " {first}, the first match, although {best} fits better",
    source="Avro 1.12 specification, Schema Resolution",
    severity=Severity.WARNING,
)

LOGICAL_TYPE_CHANGED: Final = Rule(
    id="AVRO_LOGICAL_TYPE_CHANGED",
    purpose="A logical type stays what it is.",
    why="The bytes are read without complaint and mean something else: milliseconds"
    " taken for microseconds are a date in 1970.",
    message="{reader} takes {element} for {reader_logical}, {writer} writes"
    " {writer_logical}",
    source="Avro 1.12 specification, Logical Types",
    severity=Severity.WARNING,
)

DECIMAL_CHANGED: Final = Rule(
    id="AVRO_DECIMAL_CHANGED",
    purpose="A decimal keeps its precision and scale.",
    why="The scale is not written: the same bytes read at another scale are a number"
    " wrong by a power of ten, and a smaller precision may not hold it.",
    message="{reader} reads {element} as {reader_decimal}, {writer} writes"
    " {writer_decimal}",
    source="Avro 1.12 specification, Logical Types, Decimal",
    severity=Severity.WARNING,
)

BYTES_READ_AS_STRING: Final = Rule(
    id="AVRO_BYTES_READ_AS_STRING",
    purpose="Bytes are not read as a string.",
    why="Bytes that are not UTF-8 make a decoder fail or put replacement characters.",
    message="{reader} reads {element} as string, {writer} writes bytes, which need not"
    " be UTF-8",
    source=_RESOLUTION,
    severity=Severity.WARNING,
)

PRECISION_LOST: Final = Rule(
    id="AVRO_PRECISION_LOST",
    purpose="A number is read as a type that holds every value of the written one.",
    why="A float is exact up to 2^24 and a double up to 2^53; greater whole numbers"
    " are rounded without notice.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}:"
    " large numbers are rounded",
    source=_RESOLUTION,
    severity=Severity.WARNING,
)

ENUM_DEFAULT_CHANGED: Final = Rule(
    id="AVRO_ENUM_DEFAULT_CHANGED",
    purpose="The default symbol of an enum stays.",
    why="Without it a reader fails on the next new symbol; with another one, unknown"
    " symbols are counted as something else than before.",
    message="{reader} has {reader_default} for enum '{name}', {writer} has"
    " {writer_default}",
    source="Avro 1.12 specification, Enums",
    severity=Severity.WARNING,
)

FIELD_DEFAULT_CHANGED: Final = Rule(
    id="AVRO_FIELD_DEFAULT_CHANGED",
    purpose="The default of a field stays.",
    why="Data that lacks the field is filled with another value by each reader.",
    message="{reader} fills a missing {element} with {reader_default}, {writer} with"
    " {writer_default}",
    source="Avro 1.12 specification, Complex Types, Records",
    severity=Severity.WARNING,
)

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        NAME_MISMATCH,
        FIXED_SIZE_MISMATCH,
        MISSING_ENUM_SYMBOLS,
        READER_FIELD_MISSING_DEFAULT_VALUE,
        ENUM_FIELD_MISSING_DEFAULT_VALUE,
        TYPE_MISMATCH,
        MISSING_UNION_BRANCH,
        AMBIGUOUS_FIELD_ALIAS,
        COMPARISON_TOO_LARGE,
        NAMESPACE_IGNORED,
        AMBIGUOUS_UNION_BRANCH,
        UNION_FIRST_MATCH,
        LOGICAL_TYPE_CHANGED,
        DECIMAL_CHANGED,
        BYTES_READ_AS_STRING,
        PRECISION_LOST,
        ENUM_DEFAULT_CHANGED,
        FIELD_DEFAULT_CHANGED,
    )
}
"""Every row by its id."""
