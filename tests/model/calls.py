"""The calls that are made: their names, and what they are made with."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.model.registry_model import GLOBAL, LATEST, Place, Properties
from tests.model.shapes import REFERRERS, SHAPES, a_text

PLAIN = (Place(".", "s"), Place(".", "t"), Place(".c", "s"))
REFERRING = (Place(".", "r"), Place(".c", "r"))
CONTEXTS = (Place(".", ""), Place(".c", ""), Place(GLOBAL, ""))

LEVELS = (
    "NONE",
    *(
        f"{direction}{reach}"
        for direction in ("BACKWARD", "FORWARD", "FULL")
        for reach in ("", "_TRANSITIVE")
    ),
)

plain = st.sampled_from(PLAIN)
referring = st.sampled_from(REFERRING)
subjects = st.sampled_from((*PLAIN, *REFERRING))
scopes = st.sampled_from((*CONTEXTS, *PLAIN))
texts = st.sampled_from([a_text(shape).text for shape in SHAPES])
flags = st.booleans()
# Mostly none: what is inherited and what is equal shows only then.
properties: st.SearchStrategy[Properties] = st.sampled_from(
    [None, None, None, (), (("k", "1"),), (("k", "2"),), (("confluent:version", "2"),)]
)
additions: st.SearchStrategy[Properties] = st.sampled_from(
    [None, (), (("k", "9"),), (("d", "1"),)]
)
patches = st.fixed_dictionaries(
    {},
    optional={
        "level": st.sampled_from((None, *LEVELS)),
        "default": additions,
        "override": additions,
    },
)
modes = st.sampled_from(
    [
        *(None, None, "READWRITE", "READWRITE", "READWRITE"),
        *("READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"),
    ]
)
PICKED = (1, 2, 3)
"""Numbers that stand for one of the versions that are there, if there are any."""

numbers = st.sampled_from([LATEST, *PICKED, 4])
asked = st.sampled_from([0, 0, 0, LATEST, 1, 2, 3])

Arguments = Mapping[str, st.SearchStrategy[Any]]

REGISTERING: Mapping[str, Arguments] = {
    "register": {
        "at": plain,
        "text": texts,
        "told": properties,
        "version": asked,
        "force": flags,
    },
    "register_the_latest_text": {"at": plain, "told": properties},
    "refer": {
        "at": referring,
        "text": st.sampled_from([each.text for each in REFERRERS]),
        "to": plain,
        "version": numbers,
    },
    "take_over": {
        "at": plain,
        "text": texts,
        "told": properties,
        "version": asked,
        "schema_id": st.integers(1, 25),
    },
}
REMOVING: Mapping[str, Arguments] = {
    "delete_version": {"at": subjects, "version": numbers},
    "purge_version": {"at": subjects, "version": numbers},
    "delete_subject": {"at": subjects},
    "purge_subject": {"at": subjects},
}
SETTLING: Mapping[str, Arguments] = {
    "put_config": {"scope": scopes, "patch": patches},
    "delete_config": {"scope": scopes},
    "put_mode": {"scope": scopes, "mode": modes, "force": flags},
    "delete_mode": {"scope": scopes, "recursive": flags},
    "let_import": {"scope": st.sampled_from((*CONTEXTS[:2], *PLAIN))},
    "let_all_write_again": {},
}
READING: Mapping[str, Arguments] = {
    "find": {"at": plain, "text": texts, "told": properties, "deleted": flags},
    "get": {"at": subjects, "version": numbers, "deleted": flags},
    "get_with_metadata": {
        "at": plain,
        "value": st.sampled_from([None, "1", "9"]),
        "deleted": flags,
    },
    "get_by_id": {
        "context": st.sampled_from([".", ".c"]),
        "schema_id": st.integers(1, 12),
    },
    "list_versions": {"at": subjects, "deleted": flags},
    "list_subjects": {"deleted": flags},
    "list_referrers": {"at": plain, "version": numbers, "deleted": flags},
    "compare": {"at": plain, "text": texts},
    "get_config": {"scope": scopes, "in_scope": flags},
    "get_mode": {"scope": scopes, "in_scope": flags},
}
CALLS = frozenset({*REGISTERING, *REMOVING, *SETTLING, *READING}) - {
    "let_import",
    "let_all_write_again",
}
"""The names of all calls: of the machine's methods that make them."""

Call = tuple[str, dict[str, Any]]


def some_of(calls: Mapping[str, Arguments]) -> st.SearchStrategy[list[Call]]:
    """Return one to three of some calls."""
    each = st.sampled_from([*calls]).flatmap(
        lambda name: st.tuples(st.just(name), st.fixed_dictionaries({**calls[name]}))
    )
    return st.lists(each, min_size=1, max_size=3)
