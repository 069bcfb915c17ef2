"""What a registry has, written down as the files of a contract that there was not."""

import itertools
import json
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from registry.application.parsing import Parsing, Source
from registry.domain.errors import RegistryError
from registry.domain.model import SchemaType, Subject
from registry.gate import file_names, told, yaml_edits
from registry.gate.holdings import LEVEL, Held
from registry.gate.locking import Written
from registry.gate.scaffolding.contract_files import Beginning, contract_files
from registry.gate.snapshots import Snapshot

_JSON: Final = frozenset({SchemaType.AVRO, SchemaType.JSON})
_OF_VALUES: Final = "-value"


def beginning(
    now: Snapshot, held: Held, root: str, taken: Collection[str] = ()
) -> list[Written]:
    """Return the files of a contract that is written down for the first time.

    Args:
        root: The folder that they come into.
        taken: Names of files that are about to be written.

    """
    text = pretty(now.parsing, held)
    language = SchemaType(held.latest.schema.schema_type)
    name = Subject.parse(held.latest.subject).name.removesuffix(_OF_VALUES)
    used = now.tree.names | {*taken}
    for number in itertools.count(1):
        topic = name if number == 1 else f"{name}-{number}"
        made = contract_files(Beginning(topic, language, text))
        places = {f"{root}/{each}".removeprefix("/"): each for each in made}
        if not used & places.keys():
            break
    return [
        Written(place, _adopted(made[each], now, held))
        if PurePosixPath(each).name == file_names.CONTRACT
        else Written(place, made[each])
        for place, each in places.items()
    ]


def _adopted(text: str, now: Snapshot, held: Held) -> str:
    """Return a new manifest that tells all that the registry has."""
    schema = held.latest.schema
    members = {key: v for key, v in held.config.items() if key != LEVEL}
    language = SchemaType(schema.schema_type)
    references = [
        {"name": each.name, "subject": each.subject}
        for each in held.referred()
        if [str(one.subject) for one in now.named(language, each.name)]
        != [each.subject]
    ]
    parts = {
        "subject": held.latest.subject,
        LEVEL: held.config.get(LEVEL),
        told.METADATA: plain(schema.metadata),
        told.RULE_SET: plain(schema.rule_set),
        told.CONFIG: plain(members),
        told.POLICIES: [*(held.policies or ())] or None,
        told.REFERENCES: references or None,
    }
    return yaml_edits.told(text, {key: v for key, v in parts.items() if v is not None})


def pretty(parsing: Parsing, held: Held) -> str:
    """Return a registered text as a person writes it, if that means the same."""
    text = held.latest.schema.text
    text = text if text.endswith("\n") else f"{text}\n"
    if held.latest.schema.schema_type not in _JSON:
        return text
    source = held.source()
    try:
        made = json.dumps(json.loads(source.text), indent=2, ensure_ascii=False)
        again = parsing.parse(Source(source.schema_type, made, source.closure))
        is_same = again.canonical == parsing.parse(source).canonical
    except (ValueError, RegistryError, RecursionError):
        return text
    return f"{made}\n" if is_same else text


def plain(said: Mapping[str, Any] | None) -> Any:
    """Return a copy as YAML writes it, without what says nothing."""
    if not said:
        return None
    return json.loads(json.dumps(said))
