"""Rules in CEL: conditions and transformations of whole values and of fields."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from wirepact.codecs.language import ResolvedSchema
from wirepact.rules import cel
from wirepact.rules.fields import Field, Visit, path_tags
from wirepact.rules.ruleset import CEL, Kind, Rule
from wirepact.schemas import AVRO, JSON, PROTOBUF


class UnmetConditionError(ValueError):
    """A condition is false."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.doc or "the condition is not met")


class Values(Protocol):
    """What the values of one schema are to rules."""

    def compiled(self, expression: str) -> cel.Program:
        """Compile an expression in which the schema's names are known."""
        ...

    def taken(self, value: Any) -> Any:
        """Return a plain value in the form that rules work on."""
        ...

    def bound(self, value: Any) -> Any:
        """Return a value, or a part of one, as CEL takes it."""
        ...

    def made(self, result: Any, original: Any) -> Any:
        """Return what an expression came to as a value, or a part of one."""
        ...

    def visit(self, value: Any, visit: Visit) -> Any:
        """Return a value with all fields visited."""
        ...

    def given(self, value: Any, original: Any) -> Any:
        """Return a value that rules have worked on as the codec takes it."""
        ...


def executed(rule: Rule, resolved: ResolvedSchema) -> Callable[[Any], Any]:
    """Return a rule as a function over plain values of a schema.

    Raises:
        ValueError: The expression is none.

    """
    values = _VALUES[resolved.schema.schema_type](resolved)
    program = values.compiled(rule.expression)
    if rule.type == CEL:
        return _whole(rule, program, values)
    return _fields(rule, program, values, path_tags(resolved.schema.metadata))


def _whole(rule: Rule, program: cel.Program, values: Values) -> Callable[[Any], Any]:
    is_condition = rule.kind == Kind.CONDITION

    def execute(value: Any) -> Any:
        taken = values.taken(value)
        variables = _with_time({cel.MESSAGE: values.bound(taken)}, program)
        if not program.applies(variables):
            return value
        result = program.value(variables)
        if is_condition:
            if not result:
                raise UnmetConditionError(rule)
            return value
        if result is None:
            return None
        return values.given(values.made(result, taken), value)

    return execute


def _fields(
    rule: Rule,
    program: cel.Program,
    values: Values,
    tags: Mapping[str, frozenset[str]],
) -> Callable[[Any], Any]:
    is_condition = rule.kind == Kind.CONDITION

    def transform(field: Field, type_name: str, value: Any, around: Any) -> Any:
        variables = {
            "value": values.bound(value),
            "fullName": field.full_name,
            "name": field.name,
            "typeName": type_name,
            "tags": sorted(field.tags),
        }
        if cel.MESSAGE in program.names:
            variables[cel.MESSAGE] = values.bound(around)
        _with_time(variables, program)
        if not program.applies(variables):
            return value
        result = program.value(variables)
        if not is_condition:
            return values.made(result, value)
        if result is False:
            raise UnmetConditionError(rule)
        return value

    visit = Visit(transform, rule.tags, tags)

    def execute(value: Any) -> Any:
        visited = values.visit(values.taken(value), visit)
        return value if is_condition else values.given(visited, value)

    return execute


def _with_time(variables: dict[str, Any], program: cel.Program) -> dict[str, Any]:
    if cel.NOW in program.names:
        variables[cel.NOW] = cel.now()
    return variables


class _Plain:
    """Values made of dicts and lists."""

    def compiled(self, expression: str) -> cel.Program:
        return cel.compiled(expression)

    def taken(self, value: Any) -> Any:
        return value

    def bound(self, value: Any) -> Any:
        return cel.bound(value)

    def made(self, result: Any, original: Any) -> Any:
        return cel.given_back(result, original)

    def given(self, value: Any, original: Any) -> Any:
        return value


class _Avro(_Plain):
    def __init__(self, resolved: ResolvedSchema) -> None:
        from wirepact.rules.avro_fields import AvroFields

        self.visit = AvroFields(resolved).visit


class _Json(_Plain):
    """Values as JSON says them, whatever the application had."""

    def __init__(self, resolved: ResolvedSchema) -> None:
        from wirepact.codecs.json import as_read
        from wirepact.rules.json_fields import JsonFields

        self.visit = JsonFields(resolved).visit
        self._as_read = as_read

    def taken(self, value: Any) -> Any:
        return self._as_read(value)


class _Protobuf:
    """Messages of the registered schema, by whose names rules call them."""

    def __init__(self, resolved: ResolvedSchema) -> None:
        from wirepact.codecs.protobuf_files import opened

        self._file = opened(resolved)

    def compiled(self, expression: str) -> cel.Program:
        return cel.compiled(expression, self._file.pool, self._file.package)

    def taken(self, value: Any) -> Any:
        from google.protobuf.message import Message
        from google.protobuf.message_factory import GetMessageClass

        from wirepact.codecs.protobuf_files import find_message, only_message

        if isinstance(value, Mapping):
            return GetMessageClass(only_message(self._file))(**value)
        if not isinstance(value, Message):
            raise TypeError(f"{type(value).__name__} is no message")
        message = find_message(self._file, value.DESCRIPTOR.full_name)
        # A copy, also where the class is the same: it is going to be changed.
        return GetMessageClass(message).FromString(value.SerializeToString())

    def bound(self, value: Any) -> Any:
        return value if hasattr(value, "DESCRIPTOR") else cel.bound(value)

    def made(self, result: Any, original: Any) -> Any:
        if isinstance(result, dict) and hasattr(original, "DESCRIPTOR"):
            return type(original)(**result)
        return bytes(result) if isinstance(result, bytearray) else result

    def visit(self, value: Any, visit: Visit) -> Any:
        from wirepact.rules.protobuf_fields import visit_message

        visit_message(value, visit)
        return value

    def given(self, value: Any, original: Any) -> Any:
        if type(value) is type(original) or isinstance(original, Mapping):
            return value
        made = getattr(value, "DESCRIPTOR", None)
        name = type(value).__name__ if made is None else made.full_name
        if name != original.DESCRIPTOR.full_name:
            raise TypeError(f"it makes {name} of {original.DESCRIPTOR.full_name}")
        return type(original).FromString(value.SerializeToString())


_VALUES: Final[Mapping[str, Callable[[ResolvedSchema], Values]]] = {
    AVRO: _Avro,
    JSON: _Json,
    PROTOBUF: _Protobuf,
}
