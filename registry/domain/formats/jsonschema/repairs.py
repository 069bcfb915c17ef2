"""The edits that a fix is made of: each undoes, or gets around, one kind of difference.

A repair looks at one violation and yields what may mend it. That it does is not known
here. Where there is nothing to edit, or nothing to write, it raises `LookupError`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.domain.formats.jsonschema.breaches import NAMELESS
from registry.domain.formats.jsonschema.build import as_text
from registry.domain.formats.jsonschema.changes import written
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.nodes import MISSING, Criterion
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.json_edits import replaced, with_elements, with_member, without
from registry.domain.json_text import escaped
from registry.domain.rules import Spot, Violation
from registry.domain.schema import Edit, Proposal

_LONGEST_RESTORED: Final = 4096
"""Characters of a schema that is put back."""

_NOTES: Final = ("title", "description", "default", "examples")
"""What a schema may say and still take anything."""

_EMPTY: Final[Mapping[str, Any]] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "array": [],
    "object": {},
    "null": None,
}
"""What a property may have as a default, by its type."""


@dataclass(frozen=True, slots=True)
class Case:
    """One violation, its two sides told apart by age instead of by role.

    Attributes:
        here: The candidate's spot.
        there: The earlier version's spot.
        depth: Combinations that this one was found in, whose violations it caused.

    """

    candidate: JsonSchema
    earlier: JsonSchema
    violation: Violation
    is_backward: bool
    depth: int = 0

    @property
    def here(self) -> Spot:
        found = self.violation
        return found.reader_spot if self.is_backward else found.writer_spot

    @property
    def there(self) -> Spot:
        found = self.violation
        return found.writer_spot if self.is_backward else found.reader_spot

    @property
    def pointer(self) -> str:
        """The place in the candidate's text.

        Raises:
            LookupError: It is in the text of a reference, which cannot be edited here.

        """
        if self.here.source:
            raise LookupError(self.here.source)
        return self.here.pointer

    @property
    def parent(self) -> str:
        return self.pointer.rpartition("/")[0]

    @property
    def keyword(self) -> str:
        """The last token of the place."""
        token = self.pointer.rpartition("/")[2]
        return token.replace("~1", "/").replace("~0", "~")

    @property
    def name(self) -> str:
        element = self.violation.element
        return "the root" if element == NAMELESS else element

    @property
    def present(self) -> Any:
        """What the candidate has at the place, if anything."""
        return _value(self.candidate, self.here)

    @property
    def former(self) -> Any:
        """What the earlier version has there, if anything.

        Raises:
            LookupError: It is too large to be put into a text again.

        """
        value = _value(self.earlier, self.there)
        if len(as_text(value) if value is not MISSING else "") > _LONGEST_RESTORED:
            raise LookupError(self.there)
        return value


Maker = Callable[[Case], Iterator[Proposal]]


def restored(case: Case) -> Iterator[Proposal]:
    """Make a keyword say what it said."""
    former, present = case.former, case.present
    owner = _owner(case)
    if former is MISSING:
        edit = without(case.candidate.layout, case.pointer)
        yield Proposal(f"Drop '{case.keyword}' from {owner}", (edit,))
        return
    edit = with_member(case.candidate.layout, case.parent, case.keyword, former)
    told = written(former)
    title = f"Put '{case.keyword}': {told} back into {owner}"
    if present is not MISSING:
        title = f"Set '{case.keyword}' of {owner} back to {told}"
    yield Proposal(title, (edit,))


def dependency_restored(case: Case) -> Iterator[Proposal]:
    """Make others depend on a property as they did."""
    if case.former is MISSING:
        edit = without(case.candidate.layout, case.pointer)
        yield Proposal(f"Let nothing depend on {case.name}", (edit,))
        return
    keyword = case.parent.rpartition("/")[2]
    edit = _with_inside(case, _object_of(case), keyword, case.keyword, case.former)
    told = written(case.former)
    yield Proposal(f"Let {told} depend on {case.name} again", (edit,))


def _owner(case: Case) -> str:
    """What the keyword is one of: the element without what the keyword adds."""
    return case.name.removesuffix(".*").removesuffix("[]")


def schema_restored(case: Case) -> Iterator[Proposal]:
    """Make a schema what it was. Not the root, which is all that was meant."""
    if not case.pointer or case.former is MISSING:
        return
    edit = replaced(case.candidate.layout, case.pointer, case.former)
    title = f"Make {case.name} what it was: {_described(case.former)}"
    yield Proposal(title, (edit,))


def type_restored(case: Case) -> Iterator[Proposal]:
    """Make a type what it was, and leave the rest as it is."""
    present, former = case.present, case.former
    if not isinstance(present, dict) or not isinstance(former, dict):
        return
    if "type" in present and "type" in former and present["type"] != former["type"]:
        kind = former["type"]
        edit = with_member(case.candidate.layout, case.pointer, "type", kind)
        yield Proposal(f"Make {case.name} {_described({'type': kind})} again", (edit,))


def either(case: Case) -> Iterator[Proposal]:
    """Take what was written as well as what is wanted."""
    if not case.pointer or case.former in (MISSING, True, False):
        return
    both = {"anyOf": [case.former, case.present]}
    edit = replaced(case.candidate.layout, case.pointer, both)
    yield Proposal(f"Let {case.name} be {_described(case.former)} too", (edit,))


def values_put_back(case: Case) -> Iterator[Proposal]:
    gone = _beyond(case.former, case.present)
    if gone:
        edit = with_elements(case.candidate.layout, case.pointer, gone)
        title = f"Put {_listed(gone)} back into the enum {case.name}"
        yield Proposal(title, (edit,))


def values_left_out(case: Case) -> Iterator[Proposal]:
    new = _beyond(case.present, case.former)
    if new:
        kept = _common(case.present, case.former)
        edit = replaced(case.candidate.layout, case.pointer, kept)
        yield Proposal(f"Leave {_listed(new)} out of the enum {case.name}", (edit,))


def _beyond(values: Any, others: Any) -> list[Any]:
    """The values of one list that are not in the other."""
    if not isinstance(values, list) or not isinstance(others, list):
        return []
    known = set(map(as_text, others))
    return [each for each in values if as_text(each) not in known]


def _common(values: list[Any], others: list[Any]) -> list[Any]:
    known = set(map(as_text, others))
    return [each for each in values if as_text(each) in known]


def branches_put_back(case: Case) -> Iterator[Proposal]:
    """Put the choices back that have gone, beside those that have come."""
    for criterion in (Criterion.ANY, Criterion.ONE):
        pair = _members(case, criterion.value)
        if pair is not None and (gone := _beyond(*reversed(pair))):
            at = f"{case.pointer}/{criterion}"
            edit = with_elements(case.candidate.layout, at, gone)
            told = _listed([_described(each) for each in gone])
            yield Proposal(f"Put {told} back into {case.name}", (edit,))


def _members(case: Case, keyword: str) -> tuple[list[Any], list[Any]] | None:
    """The lists under a keyword, the candidate's first, if both have one."""
    present, former = case.present, case.former
    if not isinstance(present, dict) or not isinstance(former, dict):
        return None
    now, before = present.get(keyword), former.get(keyword)
    return (now, before) if isinstance(now, list) and isinstance(before, list) else None


def type_list_restored(case: Case) -> Iterator[Proposal]:
    present, former = case.present, case.former
    if not isinstance(present, dict) or not isinstance(former, dict):
        return
    kind = former.get("type")
    if isinstance(kind, list) and "type" in present:
        edit = with_member(case.candidate.layout, case.pointer, "type", kind)
        told = _described({"type": kind})
        yield Proposal(f"Make {case.name} {told} again", (edit,))


def property_left_out(case: Case) -> Iterator[Proposal]:
    if case.present is MISSING:
        return
    edits = [
        without(case.candidate.layout, case.pointer),
        *_not_required(case, _object_of(case)),
    ]
    yield Proposal(f"Leave {case.name} out", tuple(edits))


def property_of_any_value(case: Case) -> Iterator[Proposal]:
    """The one schema that an open content model takes under any policy."""
    kept = case.present if isinstance(case.present, dict) else {}
    anything: Any = {word: kept[word] for word in _NOTES if word in kept}
    if not anything and case.candidate.document.draft is not Draft.DRAFT4:
        anything = True
    edits = [
        replaced(case.candidate.layout, case.pointer, anything),
        *_not_required(case, _object_of(case)),
    ]
    title = f"Let {case.name} be anything: {written(anything)}"
    yield Proposal(title, tuple(edits))


def property_put_back(case: Case) -> Iterator[Proposal]:
    former = case.former
    if former is MISSING:
        return
    at = _object_of(case)
    edit = _with_inside(case, at, "properties", case.keyword, former)
    yield Proposal(f"Put {case.name} back", (edit,))


def required_put_back(case: Case) -> Iterator[Proposal]:
    """Put a property back that documents had to have."""
    if case.former is MISSING:
        return
    at = _object_of(case)
    edits = (
        _with_inside(case, at, "properties", case.keyword, case.former),
        _with_required(case, at, case.keyword),
    )
    yield Proposal(f"Put {case.name} back, as required", edits)


def object_closed(case: Case) -> Iterator[Proposal]:
    at, layout = _object_of(case), case.candidate.layout
    edit = with_member(layout, at, "additionalProperties", value=False)
    title = f"Close {_outer(case.name)}: allow no properties that it does not name"
    yield Proposal(title, (edit,))


def object_opened(case: Case) -> Iterator[Proposal]:
    at, layout = _object_of(case), case.candidate.layout
    edit = with_member(layout, at, "additionalProperties", value=True)
    title = f"Open {_outer(case.name)}: allow properties that it does not name"
    yield Proposal(title, (edit,))


def made_optional(case: Case) -> Iterator[Proposal]:
    """Of a property; what is at the place is the property, or the list of names."""
    at = _object_of(case)
    edits = tuple(_not_required(case, at))
    if edits:
        yield Proposal(f"Make {case.name} optional", edits)


def default_given(case: Case) -> Iterator[Proposal]:
    at = f"{_object_of(case)}/properties/{escaped(_property(case))}"
    schema = _value(case.candidate, Spot(at))
    value = _empty_value(schema)
    edit = with_member(case.candidate.layout, at, "default", value)
    yield Proposal(f"Give {case.name} the default {written(value)}", (edit,))


def required_again(case: Case) -> Iterator[Proposal]:
    edit = _with_required(case, _object_of(case), _property(case))
    yield Proposal(f"Require {case.name} again", (edit,))


def list_restored(case: Case) -> Iterator[Proposal]:
    """Make the schemas by position what they were."""
    keyword = case.parent.rpartition("/")[2]
    above = Spot(case.there.pointer.rpartition("/")[0], case.there.source)
    former = _value(case.earlier, above)
    holder, layout = case.parent.rpartition("/")[0], case.candidate.layout
    owner = case.name.rpartition("[")[0]
    if isinstance(former, list):
        edit = with_member(layout, holder, keyword, former)
        title = f"Make the positions of {owner} what they were"
    else:
        edit = without(layout, case.parent)
        title = f"Drop the positions of {owner}"
    yield Proposal(title, (edit,))


def item_of_any_value(case: Case) -> Iterator[Proposal]:
    edit = replaced(case.candidate.layout, case.pointer, value=True)
    yield Proposal(f"Let {case.name} be anything: true", (edit,))


def _object_of(case: Case) -> str:
    """The object schema that the place is about, as a pointer."""
    tokens = case.pointer.split("/")
    if tokens[-1] == "required":
        return "/".join(tokens[:-1])
    return "/".join(tokens[:-2])


def _property(case: Case) -> str:
    """The name of the property that a violation is about."""
    if case.keyword != "required" or not case.violation.path.startswith("#/"):
        return case.keyword
    return case.violation.path.rpartition("required/")[2]


def _not_required(case: Case, at: str) -> Iterator[Edit]:
    """Take the name out of the list of those that must be there."""
    required = _value(case.candidate, Spot(f"{at}/required"))
    name = _property(case)
    if not isinstance(required, list) or name not in required:
        return
    below = "required"
    if len(required) > 1:
        below = f"required/{required.index(name)}"
    # Draft 4 has no empty list of names.
    yield without(case.candidate.layout, f"{at}/{below}")


def _with_required(case: Case, at: str, name: str) -> Edit:
    layout = case.candidate.layout
    if layout.find(f"{at}/required") is None:
        return with_member(layout, at, "required", [name])
    return with_elements(layout, f"{at}/required", [name])


def _with_inside(case: Case, at: str, keyword: str, name: str, value: Any) -> Edit:
    """Add a member to an object under a keyword, which may not be there."""
    layout = case.candidate.layout
    if layout.find(f"{at}/{keyword}") is None:
        return with_member(layout, at, keyword, {name: value})
    return with_member(layout, f"{at}/{keyword}", name, value)


def _empty_value(schema: Any) -> Any:
    """A default that fits a schema, if it is easy to find.

    Raises:
        LookupError: It is not.

    """
    schema = schema if isinstance(schema, dict) else {}
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = "null" if "null" in kind else next(iter(kind), None)
    if isinstance(kind, str):
        return _EMPTY[kind]
    raise LookupError


def _value(schema: JsonSchema, spot: Spot) -> Any:
    found = schema.resolver.at(spot)
    return MISSING if found is None else found.value


def _outer(name: str) -> str:
    return name.rpartition(".")[0] or name


def _described(schema: Any) -> str:
    """A schema in a word or two."""
    if isinstance(schema, dict):
        kind = schema.get("type")
        if isinstance(kind, list):
            return " or ".join(map(str, kind))
        if isinstance(kind, str) and "enum" not in schema:
            return kind
    return written(schema)


def _listed(values: Sequence[Any]) -> str:
    told = [each if isinstance(each, str) else written(each) for each in values]
    *others, last = told
    return f"{', '.join(others)} and {last}" if others else last
