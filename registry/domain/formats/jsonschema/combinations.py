"""Combined schemas: which of the one side stands for which of the other."""

from collections.abc import Generator, Sequence
from typing import Final

from registry.domain.formats.jsonschema import changes, rules
from registry.domain.formats.jsonschema.breaches import Breach, Found, Way
from registry.domain.formats.jsonschema.distinct import distinct
from registry.domain.formats.jsonschema.matching import maximum_matching
from registry.domain.formats.jsonschema.nodes import Combined, Criterion, Node, Not
from registry.domain.formats.jsonschema.rules import Difference
from registry.domain.formats.jsonschema.work import Frame, Pair, Partial, Work

_HERE: Final = Way()


def into(work: Work, reader: Combined, writer: Node) -> Frame:
    """A plain schema became a combination."""
    is_sum = reader.criterion is not Criterion.ALL
    is_one = len(reader.branches) == 1
    for index in range(len(reader.branches) if is_sum or is_one else 0):
        answer = yield reader.branch(index), writer
        if not answer.breaks:
            extended = [] if is_one else [rules.SUM_TYPE_EXTENDED]
            return _taken(work, answer, extended, reader, writer)
    return work.kinds(reader, writer)


def out_of(work: Work, reader: Node, writer: Combined) -> Frame:
    """A combination became a plain schema."""
    is_product = writer.criterion is Criterion.ALL
    is_one = len(writer.branches) == 1
    for index in range(len(writer.branches) if is_product or is_one else 0):
        answer = yield reader, writer.branch(index)
        if not answer.breaks:
            narrowed = [] if is_one else [rules.PRODUCT_TYPE_NARROWED]
            return _taken(work, answer, narrowed, reader, writer)
    return work.kinds(reader, writer)


def _taken(
    work: Work, answer: Found, also: list[Difference], reader: Node, writer: Node
) -> Found:
    found = Found()
    found.include(_HERE, answer)
    work.add(found, (Breach.at(each, reader, writer) for each in also))
    return found


def combinations(work: Work, reader: Combined, writer: Combined) -> Frame:
    found = work.noted(reader, writer)
    change = changes.criteria(reader, writer)
    if change is not None:
        shown = {"value": reader.criterion, "written": writer.criterion}
        work.add(found, [Breach.at(change, reader, writer, **shown)])
    if change is not rules.COMBINED_TYPE_CHANGED:
        yield from _branches(work, reader, writer, found)
    return found


def _branches(work: Work, reader: Combined, writer: Combined, found: Found) -> Partial:
    lefts, rights, likely = distinct(writer, reader, work.spend)
    if len(lefts) != len(rights):
        sizes = {"value": str(len(rights)), "written": str(len(lefts))}
        change = changes.sizes(reader, len(rights), writer, len(lefts))
        work.add(found, [Breach.at(change, reader, writer, **sizes)])
    if work.is_thorough and _repeats(reader, rights) and not _repeats(writer, lefts):
        change = rules.ONE_OF_MAY_OVERLAP
        work.add(found, [Breach.at(change, reader, writer, "oneOf")])
    pairs = yield from _matched(work, reader, rights, writer, lefts, likely)
    for left, right in sorted(pairs.items()):
        answer = yield reader.branch(rights[right]), writer.branch(lefts[left])
        found.include(Way(f"{writer.criterion}/{left}"), answer)
    if len(pairs) < min(len(lefts), len(rights)):
        unmatched = yield from _unmatched(work, reader, rights, writer, lefts, pairs)
        work.add(found, [unmatched])


def _repeats(node: Combined, distinct_branches: Sequence[int]) -> bool:
    """Whether exactly one is to fit, of schemas some of which are the same."""
    is_one = node.criterion is Criterion.ONE
    return is_one and len(distinct_branches) < len(node.branches)


def _matched(
    work: Work,
    reader: Combined,
    rights: Sequence[int],
    writer: Combined,
    lefts: Sequence[int],
    likely: Sequence[int | None],
) -> Generator[Pair, Found, dict[int, int]]:
    search = maximum_matching(len(lefts), len(rights), likely)
    fits: bool | None = None
    while True:
        try:
            left, right = next(search) if fits is None else search.send(fits)
        except StopIteration as done:
            return dict(done.value)
        pair = reader.branch(rights[right]), writer.branch(lefts[left])
        fits = False
        if not work.glances.differ(*pair):
            answer = yield pair
            fits = not answer.breaks


def _unmatched(
    work: Work,
    reader: Combined,
    rights: Sequence[int],
    writer: Combined,
    lefts: Sequence[int],
    pairs: dict[int, int],
) -> Generator[Pair, Found, Breach]:
    """The breach, with what is wrong with the closest of what is left over."""
    causes = Found()
    free = [right for right in range(len(rights)) if right not in pairs.values()]
    for left in (left for left in range(len(lefts)) if left not in pairs):
        branch = writer.branch(lefts[left])
        near = [at for at in free if reader.branch(rights[at]).word == branch.word]
        if near:
            free.remove(near[0])
            answer = yield reader.branch(rights[near[0]]), branch
            causes.include(Way(f"{writer.criterion}/{left}"), answer)
    shown = {"value": str(reader.criterion)}
    difference = rules.COMBINED_TYPE_SUBSCHEMAS_CHANGED
    return Breach.at(difference, reader, writer, **shown)._replace(causes=causes)


def exclusions(work: Work, reader: Not, writer: Not) -> Frame:
    """What is excluded may shrink: the sides are changed."""
    found = work.noted(reader, writer)
    answer = yield writer.inside("not"), reader.inside("not")
    if answer.breaks:
        change = rules.NOT_TYPE_EXTENDED
        work.add(found, [Breach.at(change, reader, writer, "not")])
    elif answer.entries:
        change = rules.NOT_TYPE_NARROWED
        work.add(found, [Breach.at(change, reader, writer, "not")])
    if answer.warns:
        work.add(found, [Breach.at(rules.NOT_UNCHECKED, reader, writer, "not")])
    return found
