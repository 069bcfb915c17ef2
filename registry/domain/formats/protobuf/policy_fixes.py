"""Changes to a candidate's text that may mend what a policy refuses.

What is gone is put back or reserved, what has changed is changed back; nobody has
checked the proposals yet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from registry.domain.formats.protobuf import policy_fixes_changed as changed
from registry.domain.formats.protobuf import policy_fixes_files as files
from registry.domain.formats.protobuf import policy_fixes_lost as lost
from registry.domain.formats.protobuf import policy_rules as rules
from registry.domain.formats.protobuf.layout import Layout
from registry.domain.formats.protobuf.policy_repairs import Repair
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.levels import Direction
from registry.domain.rules import Rule, Violation
from registry.domain.schema import Proposal


def proposals(
    candidate: ProtobufSchema,
    earlier: ProtobufSchema,
    violation: Violation,
    _way: Direction = Direction.BACKWARD,
) -> Sequence[Proposal]:
    """Return edits that may mend a violation of a policy, best first.

    Of a policy, the candidate is the reader, whichever way it is looked at.
    """
    # What is wrong in an imported text cannot be mended in this one, and a descriptor
    # has no text.
    if violation.reader_spot.source or not candidate.locations:
        return ()
    layout = Layout(candidate.text, candidate.locations)
    repair = Repair(candidate, earlier, violation, layout)
    made: list[Proposal] = []
    for fixes in _FIXES.get(violation.rule, ()):
        with suppress(LookupError):
            made += fixes(repair)
    return tuple(made)


_Fixes = tuple[Callable[[Repair], Iterator[Proposal]], ...]

_FIXES: Final[Mapping[Rule, _Fixes]] = {
    rules.FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED: (lost.reserve_field, lost.put_back),
    rules.FIELD_NO_DELETE_UNLESS_NAME_RESERVED: (lost.reserve_field, lost.put_back),
    rules.FIELD_NO_DELETE: (lost.put_back,),
    rules.ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED: (
        lost.reserve_value,
        lost.put_back,
    ),
    rules.ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED: (
        lost.reserve_value,
        lost.put_back,
    ),
    rules.ENUM_VALUE_NO_DELETE: (lost.put_back,),
    rules.MESSAGE_NO_DELETE: (lost.put_back,),
    rules.ENUM_NO_DELETE: (lost.put_back,),
    rules.SERVICE_NO_DELETE: (lost.put_back,),
    rules.EXTENSION_NO_DELETE: (lost.put_back,),
    rules.RPC_NO_DELETE: (lost.put_back,),
    rules.FILE_NO_DELETE: (files.import_again,),
    rules.RESERVED_MESSAGE_NO_DELETE: (lost.reserve_again,),
    rules.RESERVED_ENUM_NO_DELETE: (lost.reserve_again,),
    rules.EXTENSION_MESSAGE_NO_DELETE: (lost.extend_again,),
    rules.FIELD_SAME_NAME: (changed.rename_back,),
    rules.FIELD_SAME_JSON_NAME: (changed.rename_back, changed.name_in_json_again),
    rules.FIELD_SAME_TYPE: (changed.retype, changed.change_back),
    rules.FIELD_WIRE_COMPATIBLE_TYPE: (changed.retype, changed.change_back),
    rules.FIELD_WIRE_JSON_COMPATIBLE_TYPE: (changed.retype, changed.change_back),
    rules.FIELD_SAME_CARDINALITY: (changed.relabel, changed.change_back),
    rules.FIELD_WIRE_COMPATIBLE_CARDINALITY: (changed.relabel, changed.change_back),
    rules.FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: (
        changed.relabel,
        changed.change_back,
    ),
    rules.FIELD_SAME_ONEOF: (changed.rename_oneof,),
    rules.FIELD_SAME_DEFAULT: (changed.change_back,),
    rules.FIELD_SAME_JSTYPE: (changed.change_back,),
    rules.FIELD_SAME_CPP_STRING_TYPE: (changed.change_back,),
    rules.FIELD_SAME_UTF8_VALIDATION: (changed.change_back,),
    rules.MESSAGE_SAME_REQUIRED_FIELDS: (changed.require_as_before,),
    rules.MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR: (changed.keep_accessor,),
    rules.ENUM_VALUE_SAME_NAME: (changed.rename_back, changed.keep_as_alias),
    rules.RPC_SAME_REQUEST_TYPE: (changed.change_back,),
    rules.RPC_SAME_RESPONSE_TYPE: (changed.change_back,),
    rules.RPC_SAME_CLIENT_STREAMING: (changed.change_back,),
    rules.RPC_SAME_SERVER_STREAMING: (changed.change_back,),
    rules.RPC_SAME_IDEMPOTENCY_LEVEL: (changed.change_back,),
    rules.FILE_SAME_PACKAGE: (files.package_back,),
    **dict.fromkeys(rules.FILE_OPTIONS.values(), (files.option_back,)),
    rules.FIELD_NUMBER_REUSED: (changed.renumber,),
    rules.ENUM_VALUE_NUMBER_REUSED: (changed.renumber,),
    rules.RESERVED_NUMBER_REUSED: (changed.renumber,),
}
"""What may mend a violation, best first. Of the other rules nothing plain is known."""

FIXABLE: Final = frozenset(rule.id for rule in _FIXES)
"""The ids of the rules that proposals are made for."""
