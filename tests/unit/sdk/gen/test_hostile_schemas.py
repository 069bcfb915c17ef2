"""Nothing that a schema says becomes code: whatever its names and docs are."""

import ast
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.unit.sdk.gen.generated import loaded
from wirepact.events import SchemaIdentity
from wirepact.gen.code import GenError
from wirepact.gen.generating import generate
from wirepact.gen.identifiers import RESERVED
from wirepact.gen.inputs import Input
from wirepact.gen.styles import STYLES
from wirepact.schemas import Schema

LAW = settings(deadline=None, suppress_health_check=list(HealthCheck))
STYLE = st.sampled_from(sorted(STYLES))

_EVIL = (
    '"); raise SystemExit("',
    "'''\nraise SystemExit\n'''",
    '"""\nraise SystemExit\n"""',
    "\\",
    'x\\"',
    "\nraise SystemExit",
    "\r\nraise SystemExit",
    "\u2028raise SystemExit",
    "\x0craise SystemExit",
    "{__import__('os')}",
    "__class__",
    "__init__",
    "__slots__",
    "_private",
    "class",
    "None",
    "mro",
    "name",
    "self",
    "print",
    "dict",
    "list",
    "Annotated",
    "SCHEMA",
    "model_config",
    "model_fields",
    "json",
    "copy",
    "",
    "_",
    "9",
    "a.b",
    "ünï",
    "\uff21",
    "名",
    "a" * 200,
)
WORDS = st.sampled_from(_EVIL) | st.text(max_size=8)
NAMES = WORDS.filter(lambda name: bool(name) and "\ud800" not in name)


@st.composite
def hostile_records(draw: Any) -> Any:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    symbols = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    space = draw(st.sampled_from(["", "shop", *_EVIL]))
    return {
        "type": "record",
        "name": draw(NAMES),
        "namespace": space,
        "doc": draw(WORDS),
        "aliases": [draw(WORDS)],
        "fields": [
            {
                "name": "status",
                "doc": draw(WORDS),
                "type": {
                    "type": "enum",
                    "name": draw(NAMES),
                    "symbols": symbols,
                    "doc": draw(WORDS),
                },
                "default": draw(st.sampled_from(symbols)),
            },
            *(
                {
                    "name": name,
                    "type": {"type": "map", "values": "string"},
                    "doc": draw(WORDS),
                    "aliases": [draw(WORDS)],
                    "default": {draw(WORDS): draw(WORDS)},
                }
                for name in names
                if name != "status"
            ),
            {
                "name": "bytes_of_evil",
                "type": {"type": "fixed", "name": draw(NAMES), "size": 3},
            },
        ],
    }


def generated(schema: Any, style: str, words: str) -> dict[Path, str]:
    identity = SchemaIdentity(words, 1, 7, words)
    source = Input(words, words, Schema(json.dumps(schema)), identity)
    try:
        return generate([source], style)
    except GenError:
        # A name that stands twice, or one that is no name at all.
        assume(False)
        raise


@LAW
@given(schema=hostile_records(), style=STYLE, words=WORDS)
def test_given_hostile_texts_when_generated_then_they_are_nothing_but_literals(
    schema, style, words
):
    for file, text in generated(schema, style, words).items():
        tree = ast.parse(text)
        classes = {
            each.name for each in ast.walk(tree) if isinstance(each, ast.ClassDef)
        }
        used = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
        fields = {
            each.target.id
            for each in ast.walk(tree)
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        }
        members = {
            target.id
            for each in ast.walk(tree)
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Name)
        }

        assert used <= RESERVED | classes | fields | members
        assert not any(name.startswith("__") for name in used | classes)
        assert ".." not in file.parts
        assert not file.is_absolute()
        calls = [each.func for each in ast.walk(tree) if isinstance(each, ast.Call)]
        assert {ast.unparse(each) for each in calls} <= RESERVED


@LAW
@given(schema=hostile_records(), style=STYLE, words=WORDS)
def test_given_hostile_texts_when_imported_then_names_and_docs_are_what_was_said(
    schema, style, words
):
    with loaded(generated(schema, style, words)) as modules:
        (module,) = modules.values()

        assert module.SCHEMA.schema.text == json.dumps(schema)
        assert module.IDENTITY.subject == words
