"""A derived schema, tried with what it was derived from."""

from collections.abc import Sequence
from typing import Any

from registry.application.parsing import Parsing, Source
from registry.domain.model import SchemaType
from registry.domain.schema import Strictness
from registry.gate.misfits import MisfitError
from registry.gate.payloads.trying import trial
from registry.gate.scaffolding.shapes import SamplesError


def prove(
    parsing: Parsing, language: SchemaType, text: str, samples: Sequence[Any]
) -> None:
    """See that a registry takes a schema, and the schema all samples.

    Raises:
        InvalidSchemaError: The schema is none; a name in the samples was no name there.
        SamplesError: A sample does not fit.

    """
    source = Source(language, text)
    parsing.parse(source, Strictness.STRICT)
    tried = trial(parsing, source)
    for number, each in enumerate(samples, start=1):
        try:
            tried(each)
        except MisfitError as misfit:
            raise SamplesError(f"sample {number}: {misfit}") from misfit
