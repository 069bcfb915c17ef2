"""What the values of examples give away of fields, whatever these are called."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from registry.domain import meanings

_OF_UNION: Final = "string"
"""Avro's own JSON names the branch of a union."""


@dataclass(frozen=True, slots=True)
class Example:
    """An example file of a contract.

    Attributes:
        name: Relative to the contract's folder.
        is_valid: Whether it is meant to fit the schema.

    """

    name: str
    text: str
    is_valid: bool


def personal_names(examples: Iterable[Example]) -> frozenset[str]:
    """Return the names, as `meanings.plain` has them, that stand for persons.

    That is where all texts of that name, in all examples that are meant to fit, look
    like a mail address, an account or a telephone number.
    """
    found: dict[str, bool] = {}
    for example in examples:
        for name, text in _texts(example) if example.is_valid else ():
            looks_so = meanings.is_personal_value(text)
            found[name] = found.get(name, True) and looks_so
    return frozenset(name for name, looks_so in found.items() if looks_so)


def _texts(example: Example) -> Iterator[tuple[str, str]]:
    try:
        value = json.loads(example.text)
    except (ValueError, RecursionError):
        return  # What is wrong with it is told by the look at examples.
    ahead: list[tuple[str, Any]] = [("", value)]
    while ahead:
        name, value = ahead.pop()
        if isinstance(value, str) and name:
            yield name, value
        elif isinstance(value, list):
            ahead += ((name, each) for each in value)
        elif isinstance(value, dict):
            is_branch = value.keys() == {_OF_UNION}
            ahead += (
                (name if is_branch else meanings.plain(key), each)
                for key, each in value.items()
            )
