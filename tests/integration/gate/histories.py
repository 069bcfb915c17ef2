"""Histories that laws are tried on, and trees of files that are nowhere but here."""

import json
import os
from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from registry.domain.levels import Level
from registry.domain.model import SchemaType
from tests.strategies import avro_evolution, json_schema, protobuf_versions

LAW = int(os.environ.get("WIREPACT_LAW_EXAMPLES", "100"))
FILES = {
    SchemaType.AVRO: "schema.avsc",
    SchemaType.JSON: "schema.json",
    SchemaType.PROTOBUF: "schema.proto",
}
PAIRS = {
    SchemaType.AVRO: avro_evolution.evolutions().map(
        lambda pair: tuple(map(json.dumps, pair))
    ),
    SchemaType.JSON: json_schema.evolutions().map(
        lambda pair: tuple(map(json.dumps, pair))
    ),
    SchemaType.PROTOBUF: protobuf_versions.versions(),
}


class TextTree:
    """Files that are nowhere but here."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._contents = {name: text.encode() for name, text in texts.items()}
        self.names = frozenset(texts)

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        known = self._contents
        return {name: known[name] for name in names if name in known}

    def inside(self, folder: str) -> Mapping[str, bytes]:
        return self.read(name for name in self.names if name.startswith(f"{folder}/"))


@st.composite
def histories(draw: st.DrawFn) -> tuple[SchemaType, list[str], Level]:
    """A language, texts of which the last one is the candidate, and a level."""
    language = draw(st.sampled_from(SchemaType))
    first, second = draw(PAIRS[language])
    others = draw(st.lists(PAIRS[language].map(lambda pair: pair[0]), max_size=1))
    *before, last = draw(st.permutations([first, second]))
    return language, [*others, *before, last], draw(st.sampled_from(Level))
