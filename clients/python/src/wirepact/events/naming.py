"""Names of fields: as Python spells them, and as schemas do."""

import re
from enum import Enum
from typing import Final

_BEFORE_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Naming(Enum):
    """How field names of a derived schema are spelled."""

    CAMEL = "camel"
    AS_IS = "as_is"


def spelled(name: str, naming: Naming) -> str:
    """Return a Python field's name as a derived schema spells it.

    The underscore at the end of `class_` is Python's, and not part of the name.
    """
    bare = name.rstrip("_") or name
    return bare if naming is Naming.AS_IS else camel(bare)


def camel(name: str) -> str:
    """`order_id` as `orderId`; underscores at the start stay."""
    words = name.lstrip("_").split("_")
    start = name[: len(name) - len(name.lstrip("_"))]
    return start + words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])


def snake(name: str) -> str:
    """`orderID` as `order_id`; what is snake case already stays."""
    return _BEFORE_CAPITAL.sub("_", name).lower()


def same(python_name: str, schema_name: str) -> bool:
    """Tell whether both spell the same words, whatever their style."""
    return snake(python_name.rstrip("_")) == snake(schema_name.rstrip("_"))
