"""Valid Protobuf texts, in any order and layout, with all that the language has.

Types are written with a leading dot, and names are few, so that a printer that leaves
the dot out has every chance to be misunderstood. The texts come with two files that
they import: one with types, one with a custom option of every kind for every element.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from registry.domain.schema import ResolvedReference

Draw = Callable[[st.SearchStrategy[Any]], Any]

_TYPES = """\
syntax = "proto3";
package common;
message Money { string currency = 1; message Parts { int64 units = 1; } }
enum Color { RED = 0; BLUE = 1; }
"""
_OPTIONED = (
    "File",
    "Message",
    "Field",
    "Oneof",
    "ExtensionRange",
    "Enum",
    "EnumValue",
    "Service",
    "Method",
)


def _custom_options() -> Iterator[str]:
    yield 'syntax = "proto2"; package common;'
    yield 'import "google/protobuf/descriptor.proto";'
    yield "enum Level { LOW = 0; HIGH = -7; }"
    yield "message Rule { optional string name = 1; repeated Rule parts = 2;"
    yield "  map<string, Level> levels = 3; map<int32, Rule> by_number = 4;"
    yield "  optional group Limit = 5 { optional float share = 1; }"
    yield "  optional bytes raw = 6;"
    yield "  extensions 100 to max; oneof kind { string text = 7; uint64 big = 8; } }"
    yield "extend Rule { optional string extra = 100; repeated sint32 steps = 101; }"
    for target in _OPTIONED:
        name = target.lower()
        yield f"extend google.protobuf.{target}Options {{"
        yield f"  optional string {name}_text = 50000;"
        yield f"  repeated string {name}_tags = 50001;"
        yield f"  optional Rule {name}_rule = 50002;"
        yield f"  repeated Rule {name}_rules = 50003;"
        yield f"  optional double {name}_ratio = 50004;"
        yield f"  optional float {name}_share = 50005;"
        yield f"  optional bytes {name}_raw = 50006;"
        yield f"  optional Level {name}_level = 50007;"
        yield f"  optional sint64 {name}_least = 50008;"
        yield f"  optional fixed64 {name}_most = 50009;"
        yield f"  optional bool {name}_is = 50010;"
        yield f"  repeated group {target}Group = 50011 {{ optional int32 at = 1; }}"
        yield "}"


REFERENCES = (
    ResolvedReference("common/types.proto", _TYPES),
    ResolvedReference("common/options.proto", "\n".join(_custom_options())),
)
"""What the texts import."""

_NAMES = ("Item", "Order", "common", "shop", "Money", "google", "A1")
_PACKAGES = ("", "shop", "shop.orders", "common.shop", "google.shop", "a.b.c")
_SCALARS = (
    *("int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64"),
    *("sfixed32", "sfixed64", "bool", "float", "double", "string", "bytes"),
)
_KEYS = ("string", "int32", "bool", "fixed64", "sint64")
_PACKED = frozenset(_SCALARS) - {"string", "bytes"}
_IMPORTED_MESSAGES = (".common.Money", ".common.Money.Parts", ".google.protobuf.Any")
_IMPORTED_ENUM = ".common.Color"

_characters = st.characters(codec="utf-8", exclude_characters="\0")
_gaps = st.sampled_from([" ", "\n", "\t", " /* * ' \" { */ ", ' // import "x";\n'])
_floats = st.sampled_from(
    ["1", "-1.5", "0.1", "1e30", "3.4028235e38", "1e-40", "inf", "-inf", "nan", "-0.0"]
)


@st.composite
def string_literals(draw: Draw) -> str:
    """Return a string as a text may write it: quotes of either kind, or in parts."""
    value = draw(st.text(_characters, max_size=8))
    quote = draw(st.sampled_from("\"'"))
    escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    escaped = escaped.replace("\n", draw(st.sampled_from(["\\n", "\\012", "\\x0a"])))
    return f"{quote}{escaped}{quote}" + draw(st.sampled_from(["", " ''", ' "x"']))


@st.composite
def bytes_literals(draw: Draw) -> str:
    value = draw(st.binary(max_size=6))
    return '"' + "".join(f"\\{byte:03o}" for byte in value) + '"'


@st.composite
def rules(draw: Draw, depth: int = 2) -> str:
    """Return an aggregate value of the type of some custom options."""
    parts = [
        st.builds("name: {}".format, string_literals()),
        st.sampled_from(
            [
                "levels { key: 'b' value: HIGH } levels { key: 'a' value: LOW }",
                "by_number { key: 2 value { name: 'x' } }",
                "by_number < key: -1 value < > >",
                "Limit { share: 0.1 }",
                "text: 'one'",
                "big: 18446744073709551615",
                "[common.extra]: 'more'",
                "[common.steps]: [1, -2]",
            ]
        ),
        st.builds("raw: {}".format, bytes_literals()),
    ]
    if depth:
        parts.append(st.builds("parts {{ {} }}".format, rules(depth - 1)))
    several = st.lists(st.one_of(parts), max_size=3, unique_by=lambda part: part[:3])
    found = list(draw(several))
    # Of a oneof, one member only.
    kinds = [each for each in found if each.startswith(("text", "big"))]
    return " ".join(each for each in found if each not in kinds[1:])


_OPTIONS: dict[str, Callable[[Draw], list[str]]] = {
    "text": lambda draw: [f"_text) = {draw(string_literals())}"],
    "tags": lambda _: ["_tags) = 'b'", "_tags) = 'a'"],
    "rule": lambda draw: [f"_rule) = {{ {draw(rules())} }}"],
    "rule by parts": lambda _: ["_rule).name = 'n'", "_rule).limit.share = 2"],
    "rule by extension": lambda _: ["_rule).(.common.extra) = 'e'"],
    "rules": lambda draw: [f"_rules) = {{ {draw(rules())} }}", "_rules) = {}"],
    "ratio": lambda draw: [f"_ratio) = {draw(_floats)}"],
    "share": lambda draw: [f"_share) = {draw(_floats)}"],
    "raw": lambda draw: [f"_raw) = {draw(bytes_literals())}"],
    "level": lambda _: ["_level) = HIGH"],
    "least": lambda _: ["_least) = -9223372036854775808"],
    "most": lambda _: ["_most) = 0xFFFFFFFFFFFFFFFF"],
    "is": lambda _: ["_is) = false"],
    "group": lambda _: ["group) = { at: 1 }", "group) = {}"],
}
"""Ways to set custom options, less what their names begin with."""


@st.composite
def custom_options(draw: Draw, target: str) -> list[str]:
    """Return options for one element, each `name = value`."""
    ways = draw(st.lists(st.sampled_from(list(_OPTIONS)), max_size=2, unique=True))
    # Two ways to write one option exclude each other.
    chosen = {way.partition(" ")[0]: way for way in ways}.values()
    found = (_OPTIONS[way](draw) for way in chosen)
    return [f"(.common.{target.lower()}{each}" for way in found for each in way]


@dataclass
class _Type:
    """A message or enum that the text is going to define."""

    name: str
    full_name: str
    is_enum: bool
    inside: list["_Type"] = field(default_factory=list)

    def all(self) -> Iterator["_Type"]:
        yield self
        for each in self.inside:
            yield from each.all()


@st.composite
def protobuf_texts(draw: Draw) -> str:
    """Return a text; `REFERENCES` are what it may import."""
    syntax = draw(st.sampled_from(["proto2", "2023", "proto3", "2024", "proto2"]))
    return _File(draw, syntax, draw(st.sampled_from(_PACKAGES))).text()


class _File:
    """Draws one text."""

    def __init__(self, draw: Draw, syntax: str, package: str) -> None:
        self.draw = draw
        self.syntax = syntax
        self.package = package
        self.is_edition = syntax.startswith("20")
        self.has_extensions = syntax != "proto3"
        self.counter = 0
        self.types = self.skeleton(package, 0)
        known = [each for top in self.types for each in top.all()]
        self.messages = [f".{each.full_name}" for each in known if not each.is_enum]
        self.enums = [f".{each.full_name}" for each in known if each.is_enum]

    def text(self) -> str:
        head = "edition" if self.is_edition else "syntax"
        parts = [self.imports(), *self.options("File"), *self.features_of_file()]
        parts += [f"package {self.package};"] if self.package else []
        parts += [self.type(each) for each in self.types]
        parts += [self.service() for _ in range(self.upto(1))]
        parts += [self.extend() for _ in range(self.upto(2))]
        return self.laid_out([f'{head} = "{self.syntax}";', *self.shuffled(parts)])

    # What is drawn.

    def chance(self) -> bool:
        return bool(self.draw(st.booleans()))

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def upto(self, most: int) -> int:
        return int(self.draw(st.integers(0, most)))

    def shuffled(self, parts: list[str]) -> list[str]:
        return list(self.draw(st.permutations(parts)))

    def laid_out(self, parts: list[str]) -> str:
        return "".join(part + self.draw(_gaps) for part in parts[:2]) + " ".join(
            [*parts[2:], ""]
        )

    def number(self) -> int:
        """Return a number that this file has not had; mostly not in order."""
        self.counter += 1
        return self.counter

    def skeleton(self, scope: str, depth: int) -> list[_Type]:
        """Return the types around a place, before it is known what is in them."""
        # At the top, the packages of the imports are in the way.
        free = _NAMES if scope else ("Item", "Order", "Money", "A1")
        names = self.draw(st.lists(st.sampled_from(free), max_size=3, unique=True))
        found = []
        for name in names:
            full_name = f"{scope}.{name}" if scope else name
            is_enum = self.one_of(False, False, True)
            is_leaf = is_enum or depth > 1
            inside = [] if is_leaf else self.skeleton(full_name, depth + 1)
            found.append(_Type(name, full_name, is_enum, inside))
        return found

    # Files.

    def imports(self) -> str:
        public = self.one_of("", "public ")
        lines = [
            f'import {public}"common/types.proto";',
            "import 'google/protobuf/any.proto';",
            'import "google/protobuf/" /* in parts */ "descriptor.proto";',
        ]
        optional = ["common/options.proto", "google/protobuf/cpp_features.proto"]
        kind = self.one_of("", "option ") if self.syntax == "2024" else ""
        lines = self.shuffled(lines)
        return "\n".join([*lines, *(f'import {kind}"{name}";' for name in optional)])

    def options(self, target: str) -> list[str]:
        return [f"option {each};" for each in self.draw(custom_options(target))]

    def features_of_file(self) -> list[str]:
        lines = ["option java_package = 'a.b';", "option optimize_for = CODE_SIZE;"]
        if self.syntax == "2024":
            lines.append("option features.enforce_naming_style = STYLE_LEGACY;")
            return lines
        if self.is_edition:
            lines.append("option features.json_format = LEGACY_BEST_EFFORT;")
        return lines[: self.upto(len(lines))]

    def bracket(self, target: str, *more: tuple[str, str]) -> str:
        own = (f"{name} = {value}" for name, value in more)
        inner = ", ".join([*own, *self.draw(custom_options(target))])
        return f" [{inner}]" if inner else ""

    def visibility(self) -> str:
        words = ("", "export ", "local ")
        return self.one_of(*words) if self.syntax == "2024" else ""

    def type(self, type_: _Type) -> str:
        return self.enum(type_) if type_.is_enum else self.message(type_)

    # Messages.

    def message(self, type_: _Type) -> str:
        parts = [self.field() for _ in range(1 + self.upto(4))]
        parts += [self.oneof() for _ in range(self.upto(2))]
        parts += [self.type(each) for each in type_.inside]
        parts += self.options("Message")
        parts += ["option deprecated = true;"] if self.chance() else []
        parts += [self.reserved("600, 650 to 700, 999 to 999")] if self.chance() else []
        if self.has_extensions:
            parts += [self.extension_range(), "extensions 5000 to max;"]
            parts += [self.extend() for _ in range(self.upto(1))]
        body = self.laid_out(self.shuffled(parts))
        return f"{self.visibility()}message {type_.name} {{\n{body}}}"

    def reserved(self, numbers: str) -> str:
        names = "old_a, old_b" if self.is_edition else "'old_a', \"old_b\""
        return self.one_of(f"reserved {numbers};", f"reserved {names};")

    def extension_range(self) -> str:
        declared = f'{{ number: 1000 full_name: ".a.B{self.number()}" type: ".a.C" }}'
        more = [("declaration", declared), ("verification", "DECLARATION")]
        chosen = more if self.chance() else []
        options = self.bracket("ExtensionRange", *chosen)
        numbers = "1000 to 1010" if chosen else "1000 to 1010, 1020, 1030 to 1030"
        return f"extensions {numbers}{options};"

    def extend(self) -> str:
        if not self.has_extensions or not self.messages:
            number = 60_000 + self.number()
            option = f"{self.label()} string own{number} = {number};"
            return f"extend .google.protobuf.FieldOptions {{ {option} }}"
        fields = [
            self.one_of(self.group, self.plain)(5_000, is_extension=True)
            for _ in range(1 + self.upto(2))
        ]
        return f"extend {self.one_of(*self.messages)} {{ {self.laid_out(fields)}}}"

    def field(self) -> str:
        return self.one_of(self.group, self.map, self.plain, self.plain)(0)

    def label(self) -> str:
        labels = {
            "proto2": ("optional", "optional", "repeated"),
            "proto3": ("", "optional", "repeated"),
        }
        return self.one_of(*labels.get(self.syntax, ("", "repeated")))

    def plain(
        self, first: int, *, label: str | None = None, is_extension: bool = False
    ) -> str:
        number = self.number()
        label = self.label() if label is None else label
        is_plain = self.syntax == "proto2" and label and not is_extension
        label = self.one_of(label, "required") if is_plain else label
        kind = self.kind()
        options = self.field_options(kind, label, number, is_extension=is_extension)
        name = self.one_of("f{}", "field_{}", "Field{}", "_f_{}x", "f__{}")
        tag = first + (number * 7) % 499 + 1
        name = name.format(number)
        return f"{label} {kind} {name} = {tag}{self.bracket('Field', *options)};"

    def kind(self) -> str:
        kinds = (_SCALARS, self.messages, self.enums, _IMPORTED_MESSAGES)
        several = [each for each in kinds if each]
        kind: str = self.one_of(*self.one_of(*several))
        # Open enums are those of proto3: no other may be used in it, and any in proto2.
        return kind

    def field_options(
        self, kind: str, label: str, number: int, *, is_extension: bool
    ) -> list[tuple[str, str]]:
        is_singular = label != "repeated"
        found = [("deprecated", "true")]
        if not is_extension:
            found.append(("json_name", f"'json{number}'"))
        if kind in _DEFAULTS and is_singular and self.syntax != "proto3":
            found.append(("default", self.one_of(*_DEFAULTS[kind])))
        if kind in _PACKED and not is_singular and not self.is_edition:
            found.append(("packed", self.one_of("true", "false")))
        if self.is_edition:
            found += self.features_of_field(kind, is_singular=is_singular)
        return [each for each in found if self.chance()]

    def features_of_field(
        self, kind: str, *, is_singular: bool
    ) -> list[tuple[str, str]]:
        if kind in _PACKED and not is_singular:
            return [("features.repeated_field_encoding", "EXPANDED")]
        if kind.startswith(".") and kind not in self.enums:
            return [("features.message_encoding", "DELIMITED")]
        if kind == "string":
            return [
                ("features.utf8_validation", "NONE"),
                ("features.(.pb.cpp).string_type", "VIEW"),
            ]
        return []

    def map(self, first: int) -> str:
        number = self.number()
        options = [("deprecated", "true")] if self.chance() else []
        if self.is_edition and self.chance():
            options.append(("features.utf8_validation", "NONE"))
        value = self.one_of(*_SCALARS, *self.messages, _IMPORTED_ENUM)
        tag = first + (number * 7) % 499 + 1
        bracket = self.bracket("Field", *options)
        return f"map<string, {value}> map_{number} = {tag}{bracket};"

    def group(
        self, first: int, *, label: str | None = None, is_extension: bool = False
    ) -> str:
        if self.syntax != "proto2":
            return self.plain(first, label=label, is_extension=is_extension)
        number = self.number()
        label = self.label() if label is None else label
        tag = first + (number * 7) % 499 + 1
        bracket = self.bracket("Field")
        body = self.laid_out([self.plain(0) for _ in range(self.upto(2))])
        return f"{label} group Group{number} = {tag}{bracket} {{ {body}}}"

    def oneof(self) -> str:
        fields = [
            self.one_of(self.group, self.plain)(0, label="")
            for _ in range(1 + self.upto(2))
        ]
        body = self.laid_out([*self.options("Oneof"), *fields])
        return f"oneof one_{self.number()} {{ {body}}}"

    # The rest.

    def enum(self, type_: _Type) -> str:
        names = [f"V{self.number()}" for _ in range(1 + self.upto(3))]
        numbers = [0, *self.draw(st.permutations([-3, 7, 5]))]
        constants = [
            f"{name} = {number}{self.bracket('EnumValue')};"
            for name, number in zip(names, numbers, strict=False)
        ]
        parts = self.options("Enum")
        parts += [self.reserved("-20 to -10, 90, 100 to max")] if self.chance() else []
        if self.chance():
            parts.append("option allow_alias = true;")
            constants.append(f"V{self.number()} = 0;")
        # The first constant comes first: it is the default.
        body = self.laid_out([*parts, *constants])
        return f"{self.visibility()}enum {type_.name} {{ {body}}}"

    def service(self) -> str:
        # Methods called like types stand in the way of them.
        names = st.lists(st.sampled_from(_NAMES), max_size=3, unique=True)
        methods = [self.method(name) for name in self.draw(names)]
        body = self.laid_out([*self.options("Service"), *methods])
        return f"service Service{self.number()} {{ {body}}}"

    def method(self, name: str) -> str:
        kinds = (*self.messages, *_IMPORTED_MESSAGES)
        takes, gives = (
            f"({self.one_of('', 'stream ')}{self.one_of(*kinds)})" for _ in range(2)
        )
        end = self.one_of(";", "{}", f"{{ {' '.join(self.options('Method'))} }}")
        return f"rpc {name} {takes} returns {gives} {end}"


_NUMBERS = ("0", "7", "0x10")
_DEFAULTS = {
    **dict.fromkeys(("uint32", "uint64", "fixed32", "fixed64"), _NUMBERS),
    **dict.fromkeys(("int32", "sint32", "sfixed32"), (*_NUMBERS, "-2147483648")),
    **dict.fromkeys(("int64", "sint64"), (*_NUMBERS, "-9223372036854775808")),
    **dict.fromkeys(("float", "double"), ("-1.5", "1e10", "inf", "-inf", "nan", "0")),
    "bool": ("true", "false"),
    "string": (r"'a\n\"\t\\'", "'é漢'", "''", r"'\x41' 'b'"),
    "bytes": (r"'\001\377\"'", r"'é'", "''", r"'\\'"),
}
