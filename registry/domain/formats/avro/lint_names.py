"""What lint says of names and documentation in Avro schemas."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from registry.domain.formats.avro.format import AvroSchema
from registry.domain.formats.avro.lint_parts import Parts, at
from registry.domain.formats.avro.nodes import Enum, Fixed, Map, Named, Record
from registry.domain.lint import Around, Remark
from registry.domain.meanings import words
from registry.domain.rules import Spot

_PASCAL: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_UPPER_SNAKE: Final = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_LOWER_DOT: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_STANDING_FOR_ITSELF: Final = "schema"
_VERSION: Final = re.compile(r"_?v[0-9]+$", re.IGNORECASE)

_RESERVED: Final = frozenset(
    # Words that cannot be a name, or need an escape, in Java, Python and C#.
    [
        "abstract",
        "and",
        "as",
        "assert",
        "async",
        "await",
        "base",
        "bool",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "checked",
        "class",
        "const",
        "continue",
        "decimal",
        "def",
        "default",
        "del",
        "delegate",
        "do",
        "double",
        "elif",
        "else",
        "enum",
        "event",
        "except",
        "explicit",
        "extends",
        "extern",
        "false",
        "final",
        "finally",
        "fixed",
        "float",
        "for",
        "foreach",
        "from",
        "global",
        "goto",
        "if",
        "implements",
        "implicit",
        "import",
        "in",
        "instanceof",
        "int",
        "interface",
        "internal",
        "is",
        "lambda",
        "lock",
        "long",
        "namespace",
        "native",
        "new",
        "none",
        "nonlocal",
        "not",
        "null",
        "object",
        "operator",
        "or",
        "out",
        "override",
        "package",
        "params",
        "pass",
        "private",
        "protected",
        "public",
        "raise",
        "readonly",
        "ref",
        "return",
        "sbyte",
        "sealed",
        "short",
        "sizeof",
        "stackalloc",
        "static",
        "strictfp",
        "string",
        "struct",
        "super",
        "switch",
        "synchronized",
        "this",
        "throw",
        "throws",
        "transient",
        "true",
        "try",
        "typeof",
        "uint",
        "ulong",
        "unchecked",
        "unsafe",
        "ushort",
        "using",
        "virtual",
        "void",
        "volatile",
        "while",
        "with",
        "yield",
    ]
)


def collisions(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    """Full names that only their capitals tell apart."""
    parts = Parts.of(schema.root)
    found = Counter(each.full_name.lower() for each in parts.named)
    for each in parts.named:
        if found[each.full_name.lower()] > 1:
            message = (
                f"'{each.full_name}' differs from another type's name in its capitals"
                " only"
            )
            yield Remark(at(each.spot, "name"), each.name, message)


def namespace_defined(
    schema: AvroSchema, _around: Around[AvroSchema]
) -> Iterator[Remark]:
    for each in Parts.of(schema.root).named:
        if not each.namespace:
            message = f"the {each.kind} '{each.name}' has no namespace"
            yield Remark(at(each.spot, "name"), each.name, message)


def pascal_case(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for each in Parts.of(schema.root).named:
        if not _PASCAL.fullmatch(each.name):
            message = f"the {each.kind} '{each.name}' is not written in PascalCase"
            yield Remark(at(each.spot, "name"), each.name, message)


def field_case(schema: AvroSchema, around: Around[AvroSchema]) -> Iterator[Remark]:
    for each, element in Parts.of(schema.root).fields:
        if not around.fields.pattern.fullmatch(each.name):
            message = f"the field '{each.name}' is not written in {around.fields}"
            yield Remark(at(each.spot, "name"), element, message)


def symbol_case(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for enum in Parts.of(schema.root).enums:
        for index, symbol in enumerate(enum.symbols):
            if not _UPPER_SNAKE.fullmatch(symbol):
                message = f"the symbol '{symbol}' is not written in UPPER_SNAKE_CASE"
                spot = at(enum.spot, f"symbols/{index}")
                yield Remark(spot, f"{enum.name}.{symbol}", message)


def namespace_case(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for each in Parts.of(schema.root).named:
        if each.namespace and not _LOWER_DOT.fullmatch(each.namespace):
            message = (
                f"the namespace '{each.namespace}' is not written in small letters with"
                " dots between the words"
            )
            yield Remark(at(each.spot, "namespace"), each.name, message)


def namespace_stable(
    schema: AvroSchema, around: Around[AvroSchema]
) -> Iterator[Remark]:
    earlier = around.earlier
    if earlier is None:
        return
    former = {each.name: each.full_name for each in Parts.of(earlier.root).named}
    for each in Parts.of(schema.root).named:
        before = former.get(each.name, each.full_name)
        if each.full_name != before and before not in each.aliases:
            message = (
                f"'{each.full_name}' was called '{before}', which is another type to"
                " readers"
            )
            yield Remark(at(each.spot, "namespace"), each.name, message)


def file_name(schema: AvroSchema, around: Around[AvroSchema]) -> Iterator[Remark]:
    root = schema.root
    stem = around.file.rpartition("/")[2].rpartition(".")[0]
    if not isinstance(root, Named) or stem == _STANDING_FOR_ITSELF:
        return
    # A dot belongs to the name of a file that is called by its full name.
    said = _VERSION.sub("", stem.rpartition(".")[2])
    if words(said) != words(root.name):
        message = f"the file '{stem}' is named otherwise than its type '{root.name}'"
        yield Remark(at(root.spot, "name"), root.name, message)


def record_doc(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for each in Parts.of(schema.root).named:
        if not isinstance(each, Fixed) and not (each.doc or "").strip():
            message = f"the {each.kind} '{each.name}' has no doc"
            yield Remark(at(each.spot, "name"), each.name, message)


def field_doc(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for each, element in Parts.of(schema.root).fields:
        if not (each.doc or "").strip():
            message = f"the field '{each.name}' has no doc"
            yield Remark(each.spot, element, message)


def map_doc(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for each, element in Parts.of(schema.root).fields:
        inner = each.type
        if isinstance(inner, Map) and "key" not in words(each.doc or ""):
            message = f"the doc of the map '{each.name}' does not say what its keys are"
            yield Remark(each.spot, element, message)


def reserved_words(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for spot, element, name in _names(Parts.of(schema.root)):
        if name in _RESERVED:
            message = f"'{name}' is a word of Java, Python or C#, and no name there"
            yield Remark(spot, element, message)


def _names(parts: Parts) -> Iterator[tuple[Spot, str, str]]:
    for each in parts.named:
        yield at(each.spot, "name"), each.name, each.name
        if isinstance(each, Enum):
            for index, symbol in enumerate(each.symbols):
                at_symbol = at(each.spot, f"symbols/{index}")
                yield at_symbol, f"{each.name}.{symbol}", symbol
        if isinstance(each, Record):
            for field in each.fields:
                element = f"{each.name}.{field.name}"
                yield at(field.spot, "name"), element, field.name
