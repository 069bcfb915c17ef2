"""What may mend the change of a file: its statements are put back."""

from collections.abc import Iterator
from typing import Any, Final

from google.protobuf import text_encoding
from google.protobuf.descriptor_pb2 import FileOptions

from registry.domain.formats.protobuf import policy_rules as rules
from registry.domain.formats.protobuf.policy_repairs import Repair, proposal
from registry.domain.rules import Spot
from registry.domain.schema import Edit, Proposal

# The numbers of fields in descriptor.proto that lead to the statements of a file.
_SYNTAX, _EDITION, _PACKAGE, _IMPORT, _OPTION = "/12", "/14", "/2", "/3", "/8"

_FILE: Final = Spot("")
_OPTIONS: Final = {rule: option for option, rule in rules.FILE_OPTIONS.items()}


def import_again(repair: Repair) -> Iterator[Proposal]:
    name = repair.violation.details["name"]
    edit = _on_top(repair, f'import "{name}";')
    yield from proposal(f"Import '{name}' again", edit)


def package_back(repair: Repair) -> Iterator[Proposal]:
    package = repair.old_file.package
    edit = _back(repair, _PACKAGE, f"package {package};" if package else "")
    yield from proposal(f"Put package '{package}' back", edit)


def option_back(repair: Repair) -> Iterator[Proposal]:
    name = _OPTIONS[repair.violation.rule]
    options: Any = repair.old_file.options
    is_set = options.HasField(name)
    statement = f"option {name} = {_literal(options, name)};" if is_set else ""
    number = FileOptions.DESCRIPTOR.fields_by_name[name].number
    edit = _back(repair, f"{_OPTION}/{number}", statement)
    yield from proposal(f"Put option '{name}' back as it was", edit)


def _back(repair: Repair, below: str, statement: str) -> Edit:
    """Write a statement anew, or drop it if there is none to write."""
    layout = repair.layout
    if not statement:
        return layout.without(layout.extent(_FILE, below))
    try:
        return layout.replaced(_FILE, below, statement)
    except LookupError:
        return _on_top(repair, statement)


def _on_top(repair: Repair, statement: str) -> Edit:
    """Add a statement behind the imports, the package and the syntax."""
    imports = range(len(repair.candidate.file.dependency))
    ends = [0]
    for below in (
        _SYNTAX,
        _EDITION,
        _PACKAGE,
        *(f"{_IMPORT}/{index}" for index in imports),
    ):
        try:
            ends.append(repair.layout.extent(_FILE, below).end)
        except LookupError:
            continue  # It was not written.
    end = max(ends)
    return Edit(end, end, f"\n{statement}" if end else f"{statement}\n")


def _literal(options: Any, name: str) -> str:
    value = getattr(options, name)
    enum = FileOptions.DESCRIPTOR.fields_by_name[name].enum_type
    if enum is not None:
        return str(enum.values_by_number[value].name)
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{text_encoding.CEscape(value, as_utf8=True)}"'
