"""Regular expressions of users, applied without running into their traps.

Python's `re` is never given one: a few characters can keep it busy for hours. The
engine in here takes linear time, and a bounded number of steps for what a linear one
cannot do (look-around, back-references).
"""

from functools import lru_cache
from typing import Final

import jsonschema_rs
from jsonschema_rs import Draft7Validator, ValidationError

from registry.domain.formats.jsonschema import metaschemas

OPTIONS: Final = jsonschema_rs.FancyRegexOptions(
    backtrack_limit=10_000, size_limit=128 * 1024, dfa_size_limit=128 * 1024
)
_LONGEST_COMPILED: Final = 4096
"""Characters of an expression that is looked for: stored schemas may have longer ones
than new ones, which were accepted before there was a limit, or come from elsewhere."""

MOST_COMPILED: Final = 128
"""Expressions that are kept compiled; at most some 32 MiB, if all are as large as may
be."""


def is_valid(pattern: str) -> bool:
    """Whether a text is a regular expression of ECMA-262; it is not compiled."""
    return _IS_PATTERN.is_valid(pattern)


def matches(pattern: str, text: str) -> bool:
    """Whether an expression matches somewhere in a text, as JSON Schema means it.

    Takes less than a millisecond for the name of a property. An expression that is
    none, or too large, matches nothing, and neither does one whose steps run out.
    """
    compiled = _compiled(pattern)
    return compiled is not None and compiled.is_valid(text)


@lru_cache(MOST_COMPILED)
def _compiled(pattern: str) -> Draft7Validator | None:
    if len(pattern) > _LONGEST_COMPILED:
        return None
    try:
        return Draft7Validator(
            {"pattern": pattern}, pattern_options=OPTIONS, retriever=metaschemas.refuse
        )
    except ValidationError:
        return None


_IS_PATTERN: Final = Draft7Validator(
    {"format": "regex"}, validate_formats=True, retriever=metaschemas.refuse
)
