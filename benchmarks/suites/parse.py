"""Parsing an Avro schema up to its identity, against fastavro and Apache's library."""

import hashlib
import json
from collections.abc import Callable

import avro.schema
import fastavro.schema

from benchmarks import corpus
from benchmarks.alternating import alternate, rate
from benchmarks.rows import Claim, Row, row
from registry.domain import identity
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.model import Content, SchemaType

SUITE = "parse"
_ROUNDS = 9
_FORM = AvroFormat()


def rows() -> list[Row]:
    """Measure a small and a large schema, with each of the two peers."""
    found = []
    for size, text in (("7", corpus.order_created()), ("200", corpus.wide(200))):
        measures = {
            "ours": rate(_act(_ours, text)),
            "fastavro": rate(_act(_fastavro, text)),
            "apache": rate(_act(_apache, text)),
        }
        samples = alternate(measures, _ROUNDS)
        found += [
            row(
                Claim(
                    SUITE,
                    f"{size} fields to identity, peer {peer}",
                    "schemas/CPU s",
                    "peer",
                ),
                samples["ours"],
                peer=samples[peer],
            )
            for peer in ("fastavro", "apache")
        ]
    return found


def _act(parse: Callable[[str], bytes], text: str) -> Callable[[], bytes]:
    return lambda: parse(text)


def _ours(text: str) -> bytes:
    content = Content(SchemaType.AVRO, _FORM.parse(text).canonical)
    return identity.sha256(identity.identity_bytes(content))


def _fastavro(text: str) -> bytes:
    parsed = fastavro.schema.parse_schema(json.loads(text))
    form = fastavro.schema.to_parsing_canonical_form(parsed)
    return hashlib.sha256(form.encode()).digest()


def _apache(text: str) -> bytes:
    form = avro.schema.parse(text).canonical_form
    return hashlib.sha256(form.encode()).digest()
