"""How enums are called in schemas."""

import enum
import re
from typing import Final

AVRO_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def symbols_of(cls: type[enum.Enum]) -> dict[enum.Enum, str]:
    """Return the symbol of each member: its value, or its name if values cannot be."""
    values = [member.value for member in cls]
    if all(isinstance(value, str) and AVRO_NAME.match(value) for value in values):
        return {member: member.value for member in cls}
    return {member: member.name for member in cls}
