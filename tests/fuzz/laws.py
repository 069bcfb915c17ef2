"""What holds for any text of any schema language in the registry.

Whatever it is: understood, or refused with a reason that can be shown. What is
understood is understood again as it is stored, in its normal form as well, and can be
compared with anything, tagged and rendered.
"""

from typing import Any

from registry.domain.errors import InvalidSchemaError, RegistryError
from registry.domain.levels import Direction
from registry.domain.schema import AnyFormat, Edit, Strictness
from registry.domain.tags import Tagging

_LONGEST_REASON = 16 * 1024


def one_of(provider: Any, choices: Any) -> Any:
    return choices[provider.ConsumeIntInRange(0, len(choices) - 1)]


def hold(schema_format: AnyFormat, text: str, other: str) -> None:
    """Hold a text, and a second one to compare it with, to what is said above."""
    try:
        schema_format.external_names(text)
    except RegistryError as error:
        _hold_error(error)
    one = _parsed(schema_format, text)
    two = _parsed(schema_format, other)
    if one is None:
        return
    again = schema_format.parse(one.canonical)
    assert schema_format.is_equivalent(one, again), (text, one.canonical)
    normal = schema_format.normalized(one).canonical
    settled = schema_format.normalized(schema_format.parse(normal)).canonical
    assert settled == normal, (text, normal, settled)
    assert not schema_format.violations(one, again), (text, one.canonical)
    schema_format.payload_types(one)
    schema_format.top_level_names(one)
    tagged = schema_format.inline_tags(one)
    assert schema_format.retagged(one, Tagging()) == text
    if tagged:
        schema_format.parse(schema_format.retagged(one, Tagging(remove=tagged)))
    for render in schema_format.renderings.values():
        try:
            render(one)
        except InvalidSchemaError as error:
            _hold_error(error)
    if two is not None:
        _compared(schema_format, one, two)


def _parsed(schema_format: AnyFormat, text: str) -> Any:
    """Parse a text in each way; the strict one's result, None if it is refused."""
    parsed = None
    for strictness in (Strictness.LENIENT, Strictness.STRICT):
        try:
            parsed = schema_format.parse(text, (), strictness)
        except RegistryError as error:
            _hold_error(error)
            parsed = None
    return parsed


def _compared(schema_format: AnyFormat, one: Any, two: Any) -> None:
    for reader, writer in ((one, two), (two, one)):
        # Each is looked at in the same way: a few are as good as thousands.
        for violation in schema_format.violations(reader, writer)[:5]:
            for way in Direction:
                for proposal in schema_format.proposals(one, two, violation, way):
                    Edit.apply(one.text, proposal.edits)
        for way in Direction:
            list(schema_format.warnings(reader, writer, way))


def _hold_error(error: RegistryError) -> None:
    said = str(error)
    assert 0 < len(said) < _LONGEST_REASON, said
    said.encode()
