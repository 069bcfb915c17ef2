"""The OpenAPI document: what the framework knows of the routes, made true and complete.

The framework does not know that errors have Confluent's form, that three media types
are negotiated, and that some bodies are plain text. Examples come from `examples`.
"""

from collections.abc import Container
from typing import Any, Final

from litestar import Litestar, Request, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from registry.http import examples, media
from registry.http.authorisation import KNOWN, declared
from registry.version import VERSION

_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"
_BATCHES: Final = frozenset({"check", "importRecords"})
# Their bodies are a schema's own text, whatever the media type says.
_PLAIN_TEXTS: Final = frozenset({"getVersionText", "getSchemaText"})
_SAID_OF_PARAMETERS: Final = ("type", "items", "minimum", "maximum")
_REFERRER: Final = {
    "type": "object",
    "title": "Referrer",
    "required": ["subject", "version", "id", "deleted"],
    "properties": {
        "subject": {"type": "string"},
        "version": {"type": "integer"},
        "id": {"type": "integer"},
        "deleted": {"type": "boolean"},
    },
}
# These are known to clients and refused, whatever is sent.
_NEVER_DONE: Final = frozenset({"createExporter", "testKek"})
_ERROR: Final = {
    "type": "object",
    "title": "Error",
    "required": ["error_code", "message"],
    "properties": {
        "error_code": {
            "type": "integer",
            "description": "The status, or Confluent's finer number.",
        },
        "message": {"type": "string"},
        "findings": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/FindingBody"},
            "description": "Of an incompatible schema: who breaks, and why.",
        },
        "referrers": {
            "type": "array",
            "items": _REFERRER,
            "description": "Of a deletion that is refused: what refers to the version.",
        },
    },
}
_ERROR_EXAMPLE: Final = {
    "error_code": 40401,
    "message": "Subject 'orders-value' not found.",
}
_NEGOTIATED: Final = tuple(each.decode() for each in media.CONFLUENT_API.media_types)
_ERROR_CONTENT: Final = {
    "schema": {"$ref": "#/components/schemas/Error"},
    "example": _ERROR_EXAMPLE,
}
_ERROR_ANSWER: Final = {
    "description": "Refused; the status is what the first three digits say.",
    "content": dict.fromkeys(_NEGOTIATED, _ERROR_CONTENT),
}

_SCHEMES: Final = {
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
_EITHER: Final[list[dict[str, list[str]]]] = [{name: []} for name in _SCHEMES]

Document = dict[str, Any]


class CompletedDocument(JsonRenderPlugin):
    """Sends the completed document; it is made when it is first asked for.

    Args:
        is_guarded: Whether callers have to say who they are.

    """

    def __init__(self, *, is_guarded: bool) -> None:
        super().__init__(path="/", media_type=_JSON)  # type: ignore[arg-type]  # any text will do
        self._is_guarded = is_guarded
        self._sent: bytes | None = None

    def render(
        self, request: Request[Any, Any, Any], openapi_schema: Document
    ) -> bytes:
        if self._sent is None:
            document = completed(openapi_schema)
            if self._is_guarded:
                document = secured(document, _public(request.app))
            self._sent = self.render_json(request, document)
        return self._sent


def config(*, is_guarded: bool) -> OpenAPIConfig:
    """Return what the framework is to make the document from.

    Args:
        is_guarded: Whether callers have to say who they are.

    """
    return OpenAPIConfig(
        title="Wirepact",
        version=VERSION,
        description="A schema registry that refuses incompatible schemas and explains"
        " why. Everything outside of `/governance` is the API of the Confluent Schema"
        " Registry.",
        openapi_router=Router(
            path="/openapi", route_handlers=[], include_in_schema=False, opt=KNOWN
        ),
        render_plugins=[CompletedDocument(is_guarded=is_guarded)],
    )


def completed(document: Document) -> Document:
    """Return the framework's document with what it does not know."""
    schemas = {**document["components"]["schemas"], "Error": _ERROR}
    paths = {
        path: {method: _operation(each) for method, each in item.items()}
        for path, item in document["paths"].items()
    }
    return {**document, "components": {"schemas": schemas}, "paths": paths}


def secured(document: Document, public: Container[str]) -> Document:
    """Return a document that tells how callers say who they are, and where they must.

    Args:
        public: The ids of the operations that are for everybody.

    """
    components = {**document["components"], "securitySchemes": _SCHEMES}
    paths = {
        path: {
            method: {
                **each,
                "security": [] if each["operationId"] in public else _EITHER,
            }
            for method, each in item.items()
        }
        for path, item in document["paths"].items()
    }
    return {**document, "components": components, "paths": paths}


def _public(framework: Litestar) -> frozenset[str]:
    return frozenset(
        str(handler.operation_id)
        for route in framework.routes
        if isinstance(route, HTTPRoute)
        for handler, _ in route.route_handler_map.values()
        if (needed := declared(handler)) is not None and needed.is_public
    )


def _operation(operation: Document) -> Document:
    name = operation["operationId"]
    changed = {**operation, "parameters": [*map(_parameter, _parameters(operation))]}
    if "requestBody" in operation:
        changed["requestBody"] = _request(operation["requestBody"], name)
    changed["responses"] = {**_good(operation, name), "default": _ERROR_ANSWER}
    return changed


def _good(operation: Document, name: str) -> Document:
    if name in _NEVER_DONE:
        return {}
    answers = operation["responses"]
    ((status, good),) = ((each, answers[each]) for each in answers if each < "3")
    good = {**good, "description": "Done."}
    if "content" in good:
        good["content"] = _answered(good["content"], name)
    return {status: good}


def _parameters(operation: Document) -> list[Document]:
    found: list[Document] = operation.get("parameters", [])
    return found


def _parameter(parameter: Document) -> Document:
    said = parameter["schema"]
    schema = {key: said[key] for key in _SAID_OF_PARAMETERS if key in said}
    kept = {key: parameter[key] for key in ("name", "in", "description", "required")}
    if parameter["in"] == "path":
        kept["example"] = examples.PARAMETERS[parameter["name"]]
    return {**kept, "schema": schema}


def _request(body: Document, name: str) -> Document:
    (content,) = body["content"].values()
    sent = {**content, "example": examples.REQUESTS[name]}
    types = [_JSON, *([_LINES] if name in _BATCHES else [media.CONFLUENT])]
    return {**body, "content": dict.fromkeys(types, sent)}


def _answered(content: Document, name: str) -> Document:
    ((media_type, answer),) = content.items()
    schema = {} if name in _PLAIN_TEXTS else answer["schema"]
    sent = {"schema": schema, "example": examples.ANSWERS[name]}
    types = _NEGOTIATED if media_type == media.CONFLUENT else (media_type,)
    return dict.fromkeys(types, sent)
