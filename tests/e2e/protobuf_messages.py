"""Messages for the end-to-end tests, compiled as an application's build would."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from confluent_kafka.schema_registry import (
    SchemaRegistryClient,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.protobuf import (
    ProtobufDeserializer,
    ProtobufSerializer,
)
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_tools import protoc

from tests.e2e.builders import Topic


@dataclass(frozen=True, slots=True)
class Build:
    """What one run of protoc gave: every message class of the files."""

    pool: DescriptorPool

    @classmethod
    def of(cls, folder: Path, texts: Mapping[str, str]) -> "Build":
        for name, text in texts.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        out = folder / "build.binpb"
        command = [
            "protoc",
            f"-I{folder}",
            f"-I{files('grpc_tools').joinpath('_proto')}",
            "--include_imports",
            f"--descriptor_set_out={out}",
            *texts,
        ]
        assert protoc.main(command) == 0
        pool = DescriptorPool()
        for file_proto in FileDescriptorSet.FromString(out.read_bytes()).file:
            pool.Add(file_proto)
        return cls(pool)

    def message(self, full_name: str) -> Any:
        return GetMessageClass(self.pool.FindMessageTypeByName(full_name))


class ProtobufTopic(Topic):
    """A topic whose values are Protobuf messages."""

    def encode(self, value: Any, schema: object | None = None, **conf: Any) -> Any:
        """Encode a message with a serializer of its own."""
        serializer = ProtobufSerializer(type(value), self.client, conf=_dotted(conf))
        return serializer(value, self.context)

    def encode_with_header(self, value: Any, schema: object | None = None) -> Any:
        return self.encode(value, schema_id_serializer=header_schema_id_serializer)

    def decode(
        self, payload: bytes | None, schema: object | None = None, **conf: Any
    ) -> Any:
        """Decode into the message class given as the schema."""
        deserializer = ProtobufDeserializer(
            schema, conf=_dotted(conf), schema_registry_client=self.client
        )
        return deserializer(payload, self.context)

    def seen_by(self, client: SchemaRegistryClient) -> "ProtobufTopic":
        """The same topic, from a process that starts with empty caches."""
        other = ProtobufTopic(client, self.name)
        other.headers = self.headers
        return other


def _dotted(conf: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "."): value for name, value in conf.items()}
