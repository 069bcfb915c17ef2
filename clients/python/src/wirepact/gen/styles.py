"""The styles of classes: what each needs around the same fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wirepact.gen.code import Value
from wirepact.gen.layout import Labelled, Piece, call


@dataclass(frozen=True, slots=True)
class Style:
    """How one library wants its classes.

    Attributes:
        decorator: A line before the class; empty without one.
        bases: With their keywords, as in a class statement.
        first: Lines at the start of each body.
        field: The function that takes `default_factory`.
        needs: Pairs of a module and a name, for each class.

    """

    decorator: str
    bases: str
    first: tuple[str, ...]
    field: str
    needs: frozenset[tuple[str, str]]
    field_module: str

    def default(self, value: Value) -> tuple[Piece, frozenset[tuple[str, str]]]:
        """Return what stands after the equals sign, and what it needs."""
        if not value.is_factory:
            return value.piece, value.needs
        made = call(self.field, Labelled("default_factory=", value.piece))
        return made, value.needs | {(self.field_module, self.field)}


STYLES: Final[Mapping[str, Style]] = {
    "dataclass": Style(
        decorator="@dataclass(frozen=True, slots=True, kw_only=True)",
        bases="",
        first=(),
        field="field",
        needs=frozenset({("dataclasses", "dataclass")}),
        field_module="dataclasses",
    ),
    "msgspec": Style(
        decorator="",
        bases="(Struct, frozen=True, kw_only=True)",
        first=(),
        field="field",
        needs=frozenset({("msgspec", "Struct")}),
        field_module="msgspec",
    ),
    "pydantic": Style(
        decorator="",
        bases="(BaseModel)",
        first=("model_config = ConfigDict(frozen=True)",),
        field="Field",
        needs=frozenset({("pydantic", "BaseModel"), ("pydantic", "ConfigDict")}),
        field_module="pydantic",
    ),
}
