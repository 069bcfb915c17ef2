"""The fields of a class, whichever library made it."""

import dataclasses
import sys
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import MemberDescriptorType
from typing import Annotated, Any, Final

from wirepact.events.faults import EventTypeError
from wirepact.events.marks import Alias, Doc, Name

MISSING: Final = object()
"""No default."""

_NOTHING: Final = dataclasses.MISSING


@dataclass(frozen=True, slots=True)
class Member:
    """A field.

    Attributes:
        name: Of the attribute.
        keyword: What the constructor calls it.
        hint: Its type; with the marks of `Annotated`.
        schema_name: What the class says that schemas call it; None if it does not.
        default: `MISSING` without one.
        factory: Makes the default.
        is_accepted: The constructor takes it.

    """

    name: str
    keyword: str
    hint: Any
    schema_name: str | None = None
    default: Any = MISSING
    factory: Callable[[], Any] | None = None
    doc: str | None = None
    aliases: tuple[str, ...] = ()
    is_accepted: bool = True

    @property
    def has_default(self) -> bool:
        return self.default is not MISSING or self.factory is not None


@lru_cache(maxsize=1024)
def members_of(cls: type) -> tuple[Member, ...]:
    """Return the fields of a class in the order of their declaration.

    Raises:
        EventTypeError: No dataclass, msgspec Struct or pydantic model, or its hints
            name something that does not exist.

    """
    for is_kind, read in _KINDS:
        if is_kind(cls):
            return tuple(_marked(member) for member in read(cls, _hints(cls)))
    raise EventTypeError(
        place(cls),
        "is no dataclass, msgspec.Struct, pydantic model or Protobuf message;"
        " put @dataclass under @event",
    )


def is_record(cls: object) -> bool:
    """Tell whether instances of a class have fields that are known here."""
    return isinstance(cls, type) and any(is_kind(cls) for is_kind, _ in _KINDS)


def setters_of(cls: Any) -> dict[str, Callable[[Any, Any], None]] | None:
    """Return the setters of a frozen dataclass with slots; None for all other classes.

    Its constructor does nothing but to set each field through `object.__setattr__`,
    which takes three times as long. One that somebody wrote is always called.
    """
    is_plain = (
        is_dataclass(cls)
        and cls.__dataclass_params__.frozen
        and not hasattr(cls, "__post_init__")
        and cls.__new__ is object.__new__
        and _is_generated(cls.__init__)
    )
    if not is_plain or not all(each.is_accepted for each in members_of(cls)):
        return None
    slots: dict[str, Any] = {
        each.name: getattr(cls, each.name, None) for each in members_of(cls)
    }
    if not all(isinstance(each, MemberDescriptorType) for each in slots.values()):
        return None
    return {name: each.__set__ for name, each in slots.items()}


def validate_of(cls: Any) -> Callable[[dict[str, Any]], Any] | None:
    """Return what makes a pydantic model of a dict; None for all other classes.

    Its constructor does the same after a detour that takes as long again. One that
    somebody wrote is called by it.
    """
    if not is_model(cls):
        return None
    validate: Callable[[dict[str, Any]], Any] = (
        cls.__pydantic_validator__.validate_python
    )
    return validate


def _is_generated(function: Any) -> bool:
    """Tell whether `dataclass` made a function: there is no file that it stands in."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == "<string>"


def place(cls: type, member: str = "") -> str:
    """Return how errors name a class or a field of it."""
    whole = f"{cls.__module__}.{cls.__qualname__}"
    return f"{whole}.{member}" if member else whole


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise EventTypeError(
            place(cls),
            f"a type hint uses {error.name!r}, which its module does not define;"
            " import it at the top of the module, not under TYPE_CHECKING",
        ) from error


def is_dataclass(cls: type) -> bool:
    # A generated Protobuf class or a model may have inherited the attribute.
    return "__dataclass_fields__" in cls.__dict__ or (
        dataclasses.is_dataclass(cls) and not is_struct(cls) and not is_model(cls)
    )


def is_struct(cls: type) -> bool:
    """Tell without importing msgspec: if it is not imported, there is no Struct."""
    msgspec = sys.modules.get("msgspec")
    return msgspec is not None and issubclass(cls, msgspec.Struct)


def is_model(cls: type) -> bool:
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(cls, pydantic.BaseModel)


def is_message(cls: type) -> bool:
    message = sys.modules.get("google.protobuf.message")
    return message is not None and issubclass(cls, message.Message)


def _dataclass_members(cls: type, hints: dict[str, Any]) -> Iterator[Member]:
    for each in dataclasses.fields(cls):
        factory = each.default_factory
        yield Member(
            name=each.name,
            keyword=each.name,
            hint=hints[each.name],
            schema_name=each.metadata.get("name"),
            default=MISSING if each.default is _NOTHING else each.default,
            factory=None if factory is _NOTHING else factory,
            doc=each.metadata.get("doc"),
            aliases=tuple(each.metadata.get("aliases", ())),
            is_accepted=each.init,
        )


def _struct_members(cls: type, hints: dict[str, Any]) -> Iterator[Member]:
    import msgspec

    for each in msgspec.structs.fields(cls):
        factory = each.default_factory
        has_default = each.default is not msgspec.NODEFAULT
        yield Member(
            name=each.name,
            keyword=each.name,
            hint=hints[each.name],
            schema_name=None if each.encode_name == each.name else each.encode_name,
            default=each.default if has_default else MISSING,
            factory=None if factory is msgspec.NODEFAULT else factory,
        )


def _model_members(cls: type, hints: dict[str, Any]) -> Iterator[Member]:
    model: Any = cls
    for name, each in model.model_fields.items():
        alias = each.validation_alias or each.alias
        if alias is not None and not isinstance(alias, str):
            alias = _first_alias(cls, name, alias)
        written = each.serialization_alias or each.alias
        has_default = not each.is_required() and each.default_factory is None
        yield Member(
            name=name,
            keyword=alias or name,
            hint=hints[name],
            schema_name=written,
            default=each.default if has_default else MISSING,
            factory=each.default_factory,
            doc=each.description,
        )


def _first_alias(cls: type, name: str, alias: Any) -> str:
    choices = getattr(alias, "choices", ())
    first = next((each for each in choices if isinstance(each, str)), None)
    if first is None:
        raise EventTypeError(
            place(cls, name), "its alias is a path; give it one that is a name"
        )
    return str(first)


_KINDS: Final = (
    (is_struct, _struct_members),
    (is_model, _model_members),
    (is_dataclass, _dataclass_members),
)


def _marked(member: Member) -> Member:
    """Add what `Annotated` says about the field itself."""
    if typing.get_origin(member.hint) is not Annotated:
        return member
    marks = typing.get_args(member.hint)[1:]
    found: dict[str, Any] = {}
    for mark in marks:
        if isinstance(mark, Name):
            found["schema_name"] = mark.text
        elif isinstance(mark, Doc) or hasattr(mark, "documentation"):
            found["doc"] = mark.text if isinstance(mark, Doc) else mark.documentation
        elif isinstance(mark, Alias):
            found["aliases"] = (*found.get("aliases", ()), mark.text)
        elif type(mark).__name__ == "Meta" and getattr(mark, "description", None):
            found["doc"] = mark.description
    return dataclasses.replace(member, **found)
