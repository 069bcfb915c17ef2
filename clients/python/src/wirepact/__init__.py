"""The client SDK: a registry's schemas for services that produce and consume events.

Importing the package imports nothing else, and never the registry: a name brings its
module along when it is first used, and the first client brings httpx. Type checkers
cannot follow that and read `__init__.pyi`; a test compares the two.
"""

from importlib import import_module
from typing import Any, Final

__all__ = [
    "AccessDeniedError",
    "App",
    "AppOptions",
    "Association",
    "AsyncDeserializer",
    "AsyncRegistry",
    "AsyncRegistryClient",
    "AsyncSerializer",
    "AuthenticationError",
    "BasicAuth",
    "BearerAuth",
    "BrokerUnavailableError",
    "Bundle",
    "BundleError",
    "CachePolicy",
    "CheckItem",
    "CheckReport",
    "CheckedContract",
    "ClientClosedError",
    "CodecError",
    "CodecOptions",
    "Compatibility",
    "Config",
    "ContractCheckError",
    "ContractProblem",
    "ContractReport",
    "DeadLetters",
    "DecodeError",
    "DecodeRuleError",
    "Deserializer",
    "EncodeError",
    "EncodeRuleError",
    "Encoded",
    "Envelope",
    "EnvelopeError",
    "EventType",
    "EventTypeError",
    "Finding",
    "ForeignRegistryError",
    "Framing",
    "FramingError",
    "HandlerError",
    "InboxUnavailableError",
    "IncompatibleSchemaError",
    "InvalidSchemaError",
    "LetterHeaders",
    "Limits",
    "Message",
    "Metadata",
    "MissingExtraError",
    "NotFoundError",
    "OAuthClientCredentials",
    "OperationNotPermittedError",
    "OutageError",
    "PortalClosedError",
    "ProblemKind",
    "Received",
    "RecordRefusedError",
    "RecordTooLargeError",
    "Reference",
    "ReferenceExistsError",
    "RegisteredSchema",
    "Registration",
    "Registry",
    "RegistryClient",
    "RegistryResponseError",
    "RegistryUnavailableError",
    "Retry",
    "RetryBy",
    "RetryPolicy",
    "Role",
    "RuleError",
    "Schema",
    "SchemaNotFoundError",
    "SchemaNotRegisteredError",
    "Serializer",
    "Sql",
    "SubjectNotFoundError",
    "SubjectStrategy",
    "SubjectUnknownError",
    "SubjectVersion",
    "Tls",
    "UnexpectedAnswerError",
    "UnroutableError",
    "VersionNotFoundError",
    "WirepactError",
    "WouldBlockError",
    "event",
    "find_event_type",
    "named",
    "subject_name",
]

_MODULES: Final = {
    "app": ("App",),
    "app_options": ("AppOptions",),
    "database": ("Sql",),
    "dead_letter": ("DeadLetters", "LetterHeaders"),
    "handlers": ("HandlerError",),
    "metadata": ("Metadata",),
    "retrying": ("Retry", "RetryBy"),
    "async_registry": ("AsyncRegistry",),
    "contracts": (
        "CheckedContract",
        "ContractCheckError",
        "ContractProblem",
        "ContractReport",
        "ProblemKind",
    ),
    "envelope": ("Envelope", "EnvelopeError"),
    "messages": ("Message", "Received"),
    "registry": ("Registry",),
    "async_client": ("AsyncRegistryClient",),
    "async_serializer": ("AsyncDeserializer", "AsyncSerializer"),
    "auth": ("BasicAuth", "BearerAuth", "OAuthClientCredentials", "Tls"),
    "bundle": ("Bundle",),
    "cache": ("CachePolicy",),
    "client": ("RegistryClient",),
    "codec_options": ("CodecOptions", "Encoded", "Framing", "Registration"),
    "codecs.language": ("Limits",),
    "events": ("EventType", "EventTypeError", "event", "find_event_type", "named"),
    "retry": ("RetryPolicy",),
    "schemas": (
        "Association",
        "CheckItem",
        "CheckReport",
        "Compatibility",
        "Config",
        "Reference",
        "RegisteredSchema",
        "Schema",
        "SubjectVersion",
    ),
    "serializer": ("Deserializer", "Serializer"),
    "subjects": ("Role", "SubjectStrategy", "SubjectUnknownError", "subject_name"),
}
_MODULE_OF: Final = {
    name: module for module, names in _MODULES.items() for name in names
}


def __getattr__(name: str) -> Any:
    """Fetch a public name from its module; all others are errors, and live there."""
    if name not in __all__:
        raise AttributeError(f"module 'wirepact' has no attribute {name!r}")
    module = import_module(f"wirepact.{_MODULE_OF.get(name, 'errors')}")
    # From now on it is found without this function.
    globals()[name] = value = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
