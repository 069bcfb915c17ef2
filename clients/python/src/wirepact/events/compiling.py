"""Functions that are generated from conversions.

What is generated is straight Python without any look at a class or schema: as fast as
if it were written by hand. Only when it fails is the conversion itself followed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from keyword import iskeyword
from typing import Any, Final, NoReturn

from wirepact.events.conversions import (
    SAME,
    Apply,
    Attempt,
    Attribute,
    Build,
    Choice,
    Conversion,
    Each,
    EachValue,
    Entry,
    FromDict,
    NotNone,
    OrNone,
    Same,
    Tagged,
    ToDict,
    Use,
)
from wirepact.events.explaining import explained, find_by_type, refuse_none
from wirepact.events.faults import UnfitValueError


def compiled(root: Conversion, plan: Mapping[str, Conversion]) -> Callable[[Any], Any]:
    """Generate the function of a conversion; its errors say where and why.

    Args:
        plan: What `Use` refers to.

    """
    return _Module(plan).function(root)


@dataclass(slots=True)
class _Module:
    """One generated module: its functions, and the values that they use by name.

    No text of a schema or class gets into the code but as a literal that `repr` wrote,
    or as a name that is checked to be one.
    """

    plan: Mapping[str, Conversion]
    lines: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)

    def function(self, root: Conversion) -> Callable[[Any], Any]:
        name = "convert"
        refuse = self.bind(partial(_refuse, root, self.plan))
        made = self.expression(root, "v")
        self.lines += [
            f"def {name}(v):",
            "    try:",
            f"        return {made}",
            "    except Exception as error:",
            f"        {refuse}(v, error)",
        ]
        code = compile("\n".join(self.lines), "<wirepact adapter>", "exec")
        exec(code, self.values)  # noqa: S102 - nothing foreign is in it, see above
        function: Callable[[Any], Any] = self.values[name]
        return function

    def define(self, conversion: Conversion) -> str:
        """Write a function of one argument, and return its name."""
        name = f"f{len(self.values) + len(self.lines)}"
        # The name is taken before the body defines others.
        self.values[name] = None
        writer = _BODIES.get(type(conversion), _Module.expression_body)
        body = writer(self, conversion)
        self.lines += [f"def {name}(v):", *(f"    {line}" for line in body)]
        return name

    def bind(self, value: Any) -> str:
        name = f"c{len(self.values) + len(self.lines)}"
        self.values[name] = value
        return name

    def expression(self, conversion: Conversion, operand: str) -> str:
        """Write a conversion of a variable."""
        code: str = _EXPRESSIONS[type(conversion)](self, conversion, operand)
        return code

    # Expressions: (conversion, variable) to code.

    def same(self, _conversion: Same, operand: str) -> str:
        return operand

    def apply(self, conversion: Apply, operand: str) -> str:
        return f"{self.bind(conversion.function)}({operand})"

    def attribute(self, conversion: Attribute, operand: str) -> str:
        return f"{operand}.{_checked(conversion.name)}"

    def each_item(self, conversion: Each, operand: str) -> str:
        if conversion.item == SAME:
            return f"{conversion.build.__name__}({operand})"
        item = self.expression(conversion.item, inner := f"{operand}i")
        loop = f"{item} for {inner} in {operand}"
        return _COLLECTIONS[conversion.build].format(loop)

    def each_value(self, conversion: EachValue, operand: str) -> str:
        key, inner = f"{operand}k", f"{operand}i"
        value = self.expression(conversion.value, inner)
        return f"{{{key}: {value} for {key}, {inner} in {operand}.items()}}"

    def or_none(self, conversion: OrNone, operand: str) -> str:
        some = self.expression(conversion.some, operand)
        return f"(None if {operand} is None else {some})"

    def not_none(self, conversion: NotNone, operand: str) -> str:
        some = self.expression(conversion.some, operand)
        refuse = self.bind(refuse_none)
        return f"({refuse}({conversion.place!r}) if {operand} is None else {some})"

    def tagged(self, conversion: Tagged, operand: str) -> str:
        value = self.expression(conversion.value, operand)
        return f"({conversion.tag!r}, {value})"

    def use(self, conversion: Use, operand: str) -> str:
        if conversion.name not in self.used:
            # Known before it is written, as it may use itself.
            self.used[conversion.name] = holder = f"u{len(self.used)}"
            defined = self.define(self.plan[conversion.name])
            self.lines.append(f"{holder} = {defined}")
        return f"{self.used[conversion.name]}({operand})"

    def called(self, conversion: Conversion, operand: str) -> str:
        return f"{self.define(conversion)}({operand})"

    # Bodies: conversion to the lines of a function of `v`.

    def expression_body(self, conversion: Conversion) -> list[str]:
        return [f"return {self.expression(conversion, 'v')}"]

    def to_dict(self, conversion: ToDict) -> list[str]:
        lines: list[str] = []
        items, late = [], []
        for number, entry in enumerate(conversion.entries):
            source, local = f"v.{_checked(entry.attribute)}", f"a{number}"
            if entry.is_optional:
                code = self.expression(entry.conversion, local)
                lines.append(f"{local} = {source}")
                late += [f"if {local} is not None:", f"    d[{entry.key!r}] = {code}"]
            else:
                code = self._taken(entry, source, local, lines)
                items.append(f"{entry.key!r}: {code}")
        built = "{" + ", ".join(items) + "}"
        if not late:
            return [*lines, f"return {built}"]
        return [*lines, f"d = {built}", *late, "return d"]

    def from_dict(self, conversion: FromDict) -> list[str]:
        lines: list[str] = []
        items, late = [], []
        for number, entry in enumerate(conversion.entries):
            source, local = f"v[{entry.key!r}]", f"a{number}"
            if entry.is_none_if_missing:
                source = f"v.get({entry.key!r})"
            if entry.is_optional:
                late += self._late(entry, f"{entry.key!r} in v", source, local)
            else:
                code = self._taken(entry, source, local, lines)
                items.append((entry.attribute, code))
        if conversion.setters is not None and conversion.setters.keys() == {
            attribute for attribute, _ in items
        }:
            return [*lines, *self._filling(conversion, items)]
        if conversion.validate is not None:
            return [*lines, *self._validation(conversion.validate, items, late)]
        return [*lines, *self._construction(conversion.construct, items, late)]

    def _validation(
        self,
        function: Callable[[dict[str, Any]], Any],
        items: list[tuple[str, str]],
        late: list[str],
    ) -> list[str]:
        built = ", ".join(f"{keyword!r}: {code}" for keyword, code in items)
        validate = self.bind(function)
        if not late:
            return [f"return {validate}({{{built}}})"]
        return [f"d = {{{built}}}", *late, f"return {validate}(d)"]

    def _filling(self, conversion: FromDict, items: list[tuple[str, str]]) -> list[str]:
        setters = conversion.setters or {}
        made = f"o = {self.bind(object.__new__)}({self.bind(conversion.construct)})"
        fields = (
            f"{self.bind(setters[attribute])}(o, {code})" for attribute, code in items
        )
        return [made, *fields, "return o"]

    def build(self, conversion: Build) -> list[str]:
        lines: list[str] = []
        items, late = [], []
        for number, entry in enumerate(conversion.entries):
            source, local = _attribute_of("v", entry.key), f"a{number}"
            if entry.is_optional:
                condition = f"{source} is not None"
                if conversion.has is not None:
                    condition = f"{self.bind(conversion.has)}(v, {entry.key!r})"
                late += self._late(entry, condition, source, local)
            else:
                code = self._taken(entry, source, local, lines)
                items.append((entry.attribute, code))
        return [*lines, *self._construction(conversion.construct, items, late)]

    def _taken(self, entry: Entry, source: str, local: str, lines: list[str]) -> str:
        """Return the code of an entry; what is converted becomes a variable first."""
        if entry.conversion == SAME:
            return source
        lines.append(f"{local} = {source}")
        return self.expression(entry.conversion, local)

    def _late(self, entry: Entry, condition: str, source: str, local: str) -> list[str]:
        code = self.expression(entry.conversion, local)
        lines = [
            f"if {condition}:",
            f"    {local} = {source}",
            f"    d[{entry.attribute!r}] = {code}",
        ]
        if entry.is_none_if_missing:
            lines += ["else:", f"    d[{entry.attribute!r}] = None"]
        return lines

    def _construction(
        self,
        function: Callable[..., Any],
        items: list[tuple[str, str]],
        late: list[str],
    ) -> list[str]:
        construct = self.bind(function)
        if late or not all(_is_name(keyword) for keyword, _ in items):
            built = ", ".join(f"{keyword!r}: {code}" for keyword, code in items)
            return [f"d = {{{built}}}", *late, f"return {construct}(**d)"]
        built = ", ".join(f"{keyword}={code}" for keyword, code in items)
        return [f"return {construct}({built})"]

    def choice(self, conversion: Choice) -> list[str]:
        lines = []
        if conversion.by_tag:
            tags = self._table(conversion.by_tag)
            lines = [
                "if type(v) is tuple:",
                f"    return {tags}[v[0]](v[1])",
            ]
        types = self._table(conversion.by_type)
        search = self.bind(find_by_type)
        return [
            *lines,
            f"f = {types}.get(type(v))",
            "if f is None:",
            f"    f = {search}({types}, v, {conversion.place!r})",
            "return f(v)",
        ]

    def attempt(self, conversion: Attempt) -> list[str]:
        lines = []
        for condition, option in conversion.options:
            code = self.expression(option, "v")
            lines += [f"if {self.bind(condition)}(v):", f"    return {code}"]
        return [*lines, f"return {self.expression(conversion.otherwise, 'v')}"]

    def _table(self, conversions: Mapping[Any, Conversion]) -> str:
        """Write a dict of functions, and return its name."""
        names = {key: self.define(each) for key, each in conversions.items()}
        table = f"t{len(self.lines)}"
        rows = ", ".join(f"{self.bind(key)}: {name}" for key, name in names.items())
        self.lines.append(f"{table} = {{{rows}}}")
        return table


_COLLECTIONS: Final[Mapping[type, str]] = {
    list: "[{}]",
    set: "{{{}}}",
    tuple: "tuple([{}])",
    frozenset: "frozenset([{}])",
}

_EXPRESSIONS: Final[Mapping[type, Any]] = {
    Same: _Module.same,
    Apply: _Module.apply,
    Attribute: _Module.attribute,
    Each: _Module.each_item,
    EachValue: _Module.each_value,
    OrNone: _Module.or_none,
    NotNone: _Module.not_none,
    Tagged: _Module.tagged,
    Use: _Module.use,
    Choice: _Module.called,
    Attempt: _Module.called,
    ToDict: _Module.called,
    FromDict: _Module.called,
    Build: _Module.called,
}

_BODIES: Final[Mapping[type, Any]] = {
    Choice: _Module.choice,
    Attempt: _Module.attempt,
    ToDict: _Module.to_dict,
    FromDict: _Module.from_dict,
    Build: _Module.build,
}


def _refuse(
    root: Conversion, plan: Mapping[str, Conversion], value: Any, error: Exception
) -> NoReturn:
    """Raise what is told of a value that cannot be converted."""
    told = "" if isinstance(error, RecursionError) else explained(root, plan, value)
    if told:
        raise UnfitValueError(told) from error
    raise error


def _is_name(text: str) -> bool:
    return text.isidentifier() and not iskeyword(text)


def _attribute_of(operand: str, name: str) -> str:
    return f"{operand}.{name}" if _is_name(name) else f"getattr({operand}, {name!r})"


def _checked(name: str) -> str:
    if not _is_name(name):
        raise AssertionError(f"not a name: {name!r}")
    return name
