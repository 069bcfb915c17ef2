"""Rules: any expression and any rule set, on values of every language."""

import json

import atheris

from tests.suites.protobuf_schemas import classes, resolved
from wirepact.codecs.language import ResolvedSchema
from wirepact.errors import RuleError
from wirepact.rules.execution import compiled
from wirepact.rules.ruleset import Mode
from wirepact.schemas import AVRO, JSON, Schema

INSTRUMENTED = ("wirepact.rules",)

_AVRO = {
    "type": "record",
    "name": "R",
    "fields": [
        {"name": "a", "type": ["null", "string", "R"], "confluent:tags": ["T"]},
        {"name": "b", "type": {"type": "map", "values": "bytes"}},
    ],
}
_JSON = {"properties": {"a": {"type": ["string", "null"]}, "b": {"$ref": "#"}}}
_PROTO = 'syntax = "proto3"; message R { string a = 1; map<string, R> b = 2; }'
_MESSAGES = classes(resolved(_PROTO))
_PARTS = (
    *("message", "message.a", "message.b", "value", "name", "tags", "now", "null"),
    *("1", "'a'", "b'\\x00'", "[]", "{}", "true", "typeName"),
    *("(%s + %s)", "(%s == %s)", "has(message.%s)", "%s; %s", "[%s, %s]"),
    *("{'a': %s}", "size(%s)", "(%s ? %s : %s)", "%s.map(x, %s)", "R{a: %s}"),
    *("%s.matches(%s)", "isEmail(%s)", "string(%s)", "%s.all(x, %s)"),
)
_SIMPLE = 15
_WORDS = {
    "type": ("CEL", "CEL_FIELD", "ENCRYPT", ""),
    "kind": ("TRANSFORM", "CONDITION", "?"),
    "mode": ("WRITE", "READ", "WRITEREAD", "UPDOWN", ""),
    "onFailure": ("", "NONE", "ERROR,NONE", "DLQ", "?"),
    "onSuccess": ("", "NONE", "ERROR"),
}


def seeds():
    return [bytes([number, 0, 1, 2, 3, 4, 5, 6, 7]) * 5 for number in range(6)]


def one(data):
    provider = atheris.FuzzedDataProvider(data)
    language = provider.ConsumeIntInRange(0, 2)
    rules = [_rule(provider) for _ in range(provider.ConsumeIntInRange(1, 2))]
    tags = {provider.ConsumeUnicode(6): ["T"]}
    schema, value = _subject(language, {"domainRules": rules}, {"tags": tags}, provider)
    for mode in (Mode.WRITE, Mode.READ):
        try:
            execute = compiled(schema, mode, "s")
            if execute is not None:
                execute(value)
        except RuleError:
            continue


def _rule(provider):
    rule = {key: _one_of(provider, words) for key, words in _WORDS.items()}
    is_drawn = provider.ConsumeProbability() < 0.8
    rule["expr"] = _drawn(provider, 4) if is_drawn else provider.ConsumeUnicode(40)
    rule["tags"] = ["T"] if provider.ConsumeBool() else []
    return {**rule, "name": "r"}


def _subject(language, rule_set, metadata, provider):
    text, raw = provider.ConsumeUnicode(10), provider.ConsumeBytes(10)
    inner = {"a": None, "b": {text: raw}}
    if language == 0:
        schema = Schema(json.dumps(_AVRO), AVRO, metadata=metadata, rule_set=rule_set)
        return ResolvedSchema(schema), {"a": inner, "b": {}}
    if language == 1:
        schema = Schema(json.dumps(_JSON), JSON, metadata=metadata, rule_set=rule_set)
        return ResolvedSchema(schema), {"a": text, "b": {"a": None}, text: len(raw)}
    whole = raw.decode(errors="ignore")
    message = _MESSAGES["R"](a=whole, b={whole: {"a": "x"}})
    return resolved(_PROTO, None, rule_set, metadata), message


def _drawn(provider, depth):
    part = _one_of(provider, _PARTS[:_SIMPLE] if depth == 0 else _PARTS)
    inner = (_drawn(provider, depth - 1) for _ in range(part.count("%s")))
    return part % tuple(inner)


def _one_of(provider, choices):
    return choices[provider.ConsumeIntInRange(0, len(choices) - 1)]
