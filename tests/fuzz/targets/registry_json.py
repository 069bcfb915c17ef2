"""Any text as a JSON Schema of the registry: parsed, stored, compared, tagged."""

import atheris

from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.limits import Limits
from tests.fuzz.laws import hold, one_of

# All of it: a module that were not would hold to the classes of before.
INSTRUMENTED = ("registry", "tests.fuzz.laws")

_FORMAT = JsonFormat(Limits(max_depth=24, max_nodes=2_000))
_SIMPLE = (
    *('"type":"object"', '"type":["string","null"]', '"type":"integer"', '"$ref":"#"'),
    *(
        '"$ref":"#/definitions/a"',
        '"$ref":"#b"',
        '"$ref":"x.json"',
        '"$id":"http://x/y"',
    ),
    *('"$schema":"http://json-schema.org/draft-04/schema#"', '"$anchor":"b"'),
    '"$schema":"https://json-schema.org/draft/2020-12/schema"',
    '"$schema":"https://json-schema.org/draft/2019-09/schema"',
    *('"$dynamicRef":"#b"', '"$dynamicAnchor":"b"', '"$recursiveRef":"#"'),
    *('"pattern":"(a+)+$"', '"enum":[1,"a",null]', '"const":1.0', '"default":1e3'),
    *(
        '"required":["a","b"]',
        '"minimum":%d',
        '"exclusiveMaximum":%d',
        '"maxLength":%d',
    ),
    *('"multipleOf":0.%d', '"minItems":%d', '"uniqueItems":true', '"minContains":%d'),
    *('"confluent:tags":["PII"]', '"additionalProperties":false', '"format":"date"'),
    *('"title":"t"', '"dependencies":{"a":["b"]}', '"exclusiveMinimum":true'),
)
_NESTING = (
    *('"properties":{"a":%s,"b":%s}', '"items":%s', '"items":[%s,%s]', '"not":%s'),
    *('"allOf":[%s,%s]', '"anyOf":[%s,%s]', '"oneOf":[%s,%s]', '"if":%s,"then":%s'),
    *('"definitions":{"a":%s}', '"additionalProperties":%s', '"contains":%s'),
    *('"patternProperties":{"^a":%s}', '"prefixItems":[%s]', '"propertyNames":%s'),
    *('"dependentSchemas":{"a":%s}', '"unevaluatedProperties":%s', '"$defs":{"a":%s}'),
)


def seeds():
    return [b"\0" * 8, bytes(range(64)), bytes(range(200, 100, -1)), b"\x0b" * 60]


def one(data):
    provider = atheris.FuzzedDataProvider(data)
    hold(_FORMAT, _text(provider), _text(provider))


def _text(provider):
    if provider.ConsumeProbability() < 0.8:
        return _drawn(provider, 4)
    return provider.ConsumeUnicode(provider.ConsumeIntInRange(0, 300))


def _drawn(provider, depth):
    if provider.ConsumeIntInRange(0, 20) == 0:
        return one_of(provider, ("true", "false", "1", "{"))
    members = {}
    for _ in range(provider.ConsumeIntInRange(0, 3)):
        nests = depth > 0 and provider.ConsumeBool()
        part = one_of(provider, _NESTING if nests else _SIMPLE)
        for _ in range(part.count("%d")):
            part = part.replace("%d", str(provider.ConsumeIntInRange(-1, 9)), 1)
        inner = tuple(_drawn(provider, depth - 1) for _ in range(part.count("%s")))
        members[part.partition(":")[0]] = part % inner
    return "{" + ",".join(members.values()) + "}"
