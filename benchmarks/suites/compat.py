"""Comparing two Avro schemas, against the checker of Apache's own library."""

from collections.abc import Callable
from functools import partial

import avro.compatibility
import avro.schema

from benchmarks import corpus
from benchmarks.alternating import alternate, rate
from benchmarks.rows import Claim, Row, row
from registry.domain.formats.avro.format import AvroFormat

SUITE = "compat"
_ROUNDS = 9
_FORM = AvroFormat()

_FASTER = 10
# Fields grow fourfold from the first to the last; what is constant and what the
# machine does besides gets a quarter more.
_GROWTH = 4
_LINEAR = 5.0


def rows() -> list[Row]:
    """Assert equal verdicts, then measure speed and growth."""
    agreed = _assert_equal_verdicts()
    print(f"compat: both checkers agree on {agreed} pairs")
    return [
        _against_apache("200 fields, the same", corpus.wide(200), corpus.wide(200)),
        _against_apache(
            "200 fields, three added", corpus.wide(200), corpus.wide(200, drops=3)
        ),
        _growth("growth from 100 to 400 fields", corpus.wide, 100),
        _growth("growth from 10 to 40 types used twice", corpus.shared, 10),
        _growth("growth from 10 to 40 recursive types", corpus.recursive, 10),
    ]


def _assert_equal_verdicts() -> int:
    pairs = list(corpus.pairs())
    for pair in pairs:
        ours = not _FORM.violations(_FORM.parse(pair.reader), _FORM.parse(pair.writer))
        theirs = _apache_verdict(
            avro.schema.parse(pair.reader), avro.schema.parse(pair.writer)
        )
        assert ours == theirs, (pair.name, ours, theirs)
    return len(pairs)


def _against_apache(name: str, reader: str, writer: str) -> Row:
    parsed = _FORM.parse(reader), _FORM.parse(writer)
    theirs = avro.schema.parse(reader), avro.schema.parse(writer)
    samples = alternate(
        {
            "ours": rate(partial(_FORM.violations, *parsed)),
            "peer": rate(partial(_apache_verdict, *theirs)),
        },
        _ROUNDS,
    )
    claim = Claim(SUITE, name, "checks/CPU s", "peer", at_least=_FASTER)
    return row(claim, samples["ours"], peer=samples["peer"])


def _growth(name: str, schema: Callable[[int], str], size: int) -> Row:
    """Measure how much longer a comparison takes of schemas four times as large."""
    measures = {}
    for key, many in (("small", size), ("large", _GROWTH * size)):
        one, other = _FORM.parse(schema(many)), _FORM.parse(schema(many))
        measures[key] = rate(partial(_FORM.violations, one, other))
    samples = alternate(measures, _ROUNDS)
    small, large = ([1000 / each for each in samples[key]] for key in measures)
    claim = Claim(SUITE, name, "CPU ms/check", "limit", at_most=_LINEAR)
    return row(claim, large, limit=small)


def _apache_verdict(reader: avro.schema.Schema, writer: avro.schema.Schema) -> bool:
    checker = avro.compatibility.ReaderWriterCompatibilityChecker()
    found = checker.get_compatibility(reader, writer).compatibility
    return bool(found is avro.compatibility.SchemaCompatibilityType.compatible)
