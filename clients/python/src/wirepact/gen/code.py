"""What is generated, apart from the schema language it came from and the style."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wirepact.codecs.language import ResolvedSchema
from wirepact.events import SchemaIdentity
from wirepact.gen.layout import Piece


class GenError(Exception):
    """No code can be generated from a schema; says which, where and why."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A type, as it stands in an annotation.

    Attributes:
        base: Without marks.
        marks: What `Annotated` says about it.
        needs: What it uses: pairs of a module and a name.
        classes: Full names of generated classes that it uses.

    """

    base: Piece
    marks: tuple[Piece, ...] = ()
    needs: frozenset[tuple[str, str]] = frozenset()
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Value:
    """A default.

    Attributes:
        is_factory: The piece is a function that makes it.

    """

    piece: Piece
    needs: frozenset[tuple[str, str]] = frozenset()
    is_factory: bool = False


@dataclass(frozen=True, slots=True)
class FieldCode:
    """A field.

    Attributes:
        schema_name: Where the class must say it; None where the spelling does.

    """

    name: str
    type: Typed
    schema_name: str | None = None
    default: Value | None = None
    doc: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordCode:
    name: str
    full_name: str
    fields: tuple[FieldCode, ...]
    doc: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnumCode:
    """An enum.

    Attributes:
        members: Names to symbols.
        default: The name of the member for unknown symbols.

    """

    name: str
    full_name: str
    members: Mapping[str, str]
    default: str | None = None
    doc: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """A class of another generated module.

    Attributes:
        name: What it is called in the module that imports it.

    """

    module: tuple[str, ...]
    original: str
    name: str


@dataclass(frozen=True, slots=True)
class Used:
    """A schema that another refers to, in its own module.

    Attributes:
        name: As the referring text has it.

    """

    name: str
    module: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModuleCode:
    """A module: the types that one schema defines.

    Attributes:
        path: Packages and module.
        event: The full name of the record that is the event; None without one.
        origin: For people: the subject and version, or the file.

    """

    path: tuple[str, ...]
    origin: str
    schema: ResolvedSchema
    identity: SchemaIdentity
    classes: tuple[RecordCode | EnumCode, ...]
    event: str | None
    naming_as_is: bool = False
    imports: tuple[Imported, ...] = ()
    uses: tuple[Used, ...] = field(default=())
