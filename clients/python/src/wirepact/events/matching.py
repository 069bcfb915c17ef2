"""Which field of a class is which of a schema."""

from collections.abc import Iterable, Sequence

from wirepact.events.members import Member
from wirepact.events.naming import same


def matched(members: Sequence[Member], names: Iterable[str]) -> dict[str, str]:
    """Return the schema's name of each field that the schema has.

    What a class says about a name counts; then the same spelling, then the same words.
    """
    left = dict.fromkeys(names)
    found: dict[str, str] = {}
    for member in members:
        if member.schema_name is not None and member.schema_name in left:
            found[member.name] = member.schema_name
            del left[member.schema_name]
    free = [member.name for member in members if member.schema_name is None]
    for name in free:
        if name in left:
            found[name] = name
            del left[name]
    for name in free:
        alike = next((each for each in left if same(name, each)), None)
        if name not in found and alike is not None:
            found[name] = alike
            del left[alike]
    return found
