"""JSON through the validator that the SDK uses."""

from typing import Any, Final

from registry.application.parsing import Parsing, Source
from registry.domain.errors import InvalidSchemaError
from registry.domain.json_text import escaped
from registry.gate.misfits import MisfitError, Try
from wirepact.codecs.json_documents import Documents, UnusableSchemaError
from wirepact.codecs.json_steps import MOST_EXPLAINED, Steps, TooManyStepsError
from wirepact.codecs.json_width import refuse_wide

_TOLD: Final = 3
_UNEXPLAINED: Final = (
    f"it is not valid; why would take more than {MOST_EXPLAINED} steps to say"
)


def trial(_parsing: Parsing, source: Source, _message: str | None) -> Try:
    """See `payloads.trial`."""
    try:
        texts = {each.name: each.text for each in source.closure}
        documents = Documents({"": source.text, **texts})
        refuse_wide(documents)
        valid = documents.validator(holds_formats=True)
    except UnusableSchemaError as error:
        raise InvalidSchemaError(str(error)) from error

    def tried(value: Any) -> Any:
        if valid.is_valid(value):
            return value
        try:
            Steps(documents, MOST_EXPLAINED).of(documents.whole, value)
        except (TooManyStepsError, RecursionError):
            raise MisfitError("", _UNEXPLAINED) from None
        found = [*valid.iter_errors(value)]
        pointer = "".join(f"/{escaped(str(each))}" for each in found[0].instance_path)
        told = "; ".join(each.message for each in found[:_TOLD])
        more = "; and more" if len(found) > _TOLD else ""
        raise MisfitError(pointer, f"{told}{more}")

    return tried
