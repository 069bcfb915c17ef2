"""Any text as an Avro schema of the registry: parsed, stored, compared, tagged."""

import atheris

from registry.domain.formats.avro.format import AvroFormat
from registry.domain.limits import Limits
from tests.fuzz.laws import hold, one_of

# All of it: a module that were not would hold to the classes of before.
INSTRUMENTED = ("registry", "tests.fuzz.laws")

_FORMAT = AvroFormat(Limits(max_depth=24, max_nodes=2_000, max_default_steps=2_000))
_SIMPLE = (
    *('"null"', '"int"', '"long"', '"string"', '"bytes"', '"double"', '"R"', '"n.E"'),
    '{"type":"int","logicalType":"date"}',
    '{"type":"fixed","name":"F","size":%d}',
    '{"type":"enum","name":"n.E","symbols":["A","B"],"default":"A"}',
    '{"type":"bytes","logicalType":"decimal","precision":%d,"scale":%d}',
)
_DEFAULTS = (
    *("1", "null", '"A"', "[]", "{}", "1.5", '"\\u00ff"', '{"a":1}', "1e400", "true"),
    *("-0", "9223372036854775808", "[{}]"),
)
_NESTING = (
    '{"type":"array","items":%s}',
    '{"type":"map","values":%s}',
    "[%s,%s]",
    '{"type":"record","name":"R","aliases":["S"],"fields":[{"name":"a","type":%s}]}',
    '{"type":"record","name":"n.T","confluent:tags":["PII"],"fields":['
    '{"name":"a","type":%s,"default":%%d},{"name":"b","aliases":["c"],"type":%s}]}',
    '{"type":"record","name":"U","namespace":"n","doc":"d","x":1.0,"fields":['
    '{"name":"a","order":"ignore","confluent:tags":["A"],"type":%s}]}',
)


def seeds():
    return [b"\0" * 8, bytes(range(64)), bytes(range(200, 100, -1)), b"\x0b" * 60]


def one(data):
    provider = atheris.FuzzedDataProvider(data)
    hold(_FORMAT, _text(provider), _text(provider))


def _text(provider):
    if provider.ConsumeProbability() < 0.8:
        return _drawn(provider, 5)
    return provider.ConsumeUnicode(provider.ConsumeIntInRange(0, 300))


def _drawn(provider, depth):
    if depth == 0 or provider.ConsumeIntInRange(0, 2) == 0:
        part = one_of(provider, _SIMPLE)
        for _ in range(part.count("%d")):
            part = part.replace("%d", str(provider.ConsumeIntInRange(-1, 20)), 1)
        return part
    part = one_of(provider, _NESTING)
    inner = tuple(_drawn(provider, depth - 1) for _ in range(part.count("%s")))
    part %= inner
    return part.replace("%d", one_of(provider, _DEFAULTS))
