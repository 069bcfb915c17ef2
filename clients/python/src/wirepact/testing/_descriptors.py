"""Protobuf for the registry in memory: one content, as a text and as a descriptor.

A compiler comes with the extra `gen`. Without it a text stays a text: it is registered
and looked up, and not rendered as a descriptor.
"""

import base64
import binascii
import tempfile
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

_FILE: Final = "schema.proto"


def find_descriptor(text: str, imports: Mapping[str, str]) -> bytes | None:
    """Return the serialized `FileDescriptorProto` of a text or of a descriptor.

    Args:
        imports: Texts or descriptors by import path, all that are needed.

    Returns:
        None if nothing here can tell.

    Raises:
        ValueError: The text is no Protobuf.

    """
    given = _decoded(text)
    try:
        if given is not None:
            canonical(given)
            return given
        from grpc_tools import protoc
    except ModuleNotFoundError:
        return given
    return _compiled(protoc, text, imports)


def canonical(descriptor: bytes) -> bytes:
    """Return what is equal for a text and for the descriptor made from it.

    Raises:
        ValueError: It is no descriptor.

    """
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import DecodeError

    try:
        proto = FileDescriptorProto.FromString(descriptor)
    except DecodeError as error:
        raise ValueError("is no descriptor") from error
    proto.ClearField("name")
    proto.ClearField("source_code_info")
    for message in proto.message_type:
        _forget_json_names(message)
    for extension in proto.extension:
        extension.ClearField("json_name")
    return proto.SerializeToString(deterministic=True)


def _forget_json_names(message: Any) -> None:
    # Some compilers write them out; those that follow from the name say nothing.
    for field in [*message.field, *message.extension]:
        if field.json_name == _json_name(field.name):
            field.ClearField("json_name")
    for nested in message.nested_type:
        _forget_json_names(nested)


def _json_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def _decoded(text: str) -> bytes | None:
    """Return the descriptor that a text is in base64; None if it is a text."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _compiled(protoc: Any, text: str, imports: Mapping[str, str]) -> bytes:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    with (
        tempfile.TemporaryDirectory() as name,
        as_file(files("grpc_tools") / "_proto") as known,
    ):
        folder = Path(name)
        given, out = folder / "given.pb", folder / "out.pb"
        described = FileDescriptorSet()
        for path, each in {**imports, _FILE: text}.items():
            descriptor = _decoded(each)
            if descriptor is None:
                _write(folder, path, each)
            else:
                described.file.add().ParseFromString(descriptor)
                described.file[-1].name = path
        given.write_bytes(described.SerializeToString())
        options = [f"-I{folder}", f"-I{known}", f"--descriptor_set_out={out}"]
        if described.file:
            options.append(f"--descriptor_set_in={given}")
        if protoc.main(["protoc", *options, _FILE]) != 0:
            raise ValueError("protoc refuses the text")
        return (
            FileDescriptorSet.FromString(out.read_bytes()).file[0].SerializeToString()
        )


def _write(folder: Path, path: str, text: str) -> None:
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise ValueError(f"{path} is no import path")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
