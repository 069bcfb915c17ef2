"""Lists of versions over all subjects, with the aliases that lead to them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from registry.application.ports import Ports
from registry.application.stored import Alias, Selection
from registry.domain.aliases import target_of
from registry.domain.model import SchemaVersion, Subject

Leading = Mapping[Subject, Sequence[Subject]]
"""Subjects to the aliases that stand for them, in order."""


def list_schemas(
    ports: Ports, wanted: Selection, *, with_aliases: bool = False
) -> tuple[list[SchemaVersion], Leading]:
    """Return versions by subject and number, and the aliases that lead to them.

    Args:
        with_aliases: Whether what aliases stand for counts as well. An alias is
            selected as a subject is: by its context and prefix.

    """
    with ports.transactions.read() as store:
        leading = _leading(store.aliases(), wanted) if with_aliases else {}
        also = wanted.also.union(leading)
        return store.versions(replace(wanted, also=also)), leading


def _leading(aliases: Sequence[Alias], wanted: Selection) -> Leading:
    found: defaultdict[Subject, list[Subject]] = defaultdict(list)
    for each in sorted(aliases, key=lambda alias: alias.subject):
        subject = each.subject
        is_among = wanted.context in {None, subject.context}
        if each.target and is_among and subject.name.startswith(wanted.prefix):
            found[target_of(each.target, subject)].append(subject)
    return found
