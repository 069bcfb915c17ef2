"""Fields of AMQP messages that others have written, and that the library cannot read.

A time that no calendar has, or a name that is not UTF-8, is an error of the library in
the task that reads the connection: it ends with all its channels, the broker delivers
the message again, and nothing behind it is ever handled. The library finds what reads a
field in its tables, and it is there that these are mended, for the whole process.

Source: AMQP 0-9-1, sections 4.2.5.4 (timestamps) and 4.2.1 (short strings).
"""

from datetime import datetime
from importlib import import_module
from typing import Any, Final, cast

from wirepact.errors import MissingExtraError

try:
    # It is aio-pika's own, and nothing that is depended on besides.
    decode: Any = import_module("pamqp.decode")
except ModuleNotFoundError as error:
    raise MissingExtraError("RabbitMQ", "rabbitmq") from error

_TIME_BYTES: Final = 8


def timestamp(value: bytes) -> tuple[int, datetime | int]:
    """Read a time; the number itself, with a sign, if no calendar has it.

    Raises:
        ValueError: The field is cut off.

    """
    try:
        return cast(tuple[int, datetime], decode.timestamp(value))
    except (OverflowError, OSError, ValueError):
        if len(value) < _TIME_BYTES:
            raise
        number = int.from_bytes(value[:_TIME_BYTES], "big", signed=True)
        return _TIME_BYTES, number


def short_str(value: bytes) -> tuple[int, str]:
    """Read a short text; what is not UTF-8 is replaced.

    Raises:
        ValueError: The field is cut off.

    """
    try:
        return cast(tuple[int, str], decode.short_str(value))
    except UnicodeDecodeError:
        end = value[0] + 1
        return end, value[1:end].decode(errors="replace")


def mend() -> None:
    """Let the library read fields in this way; twice is as good as once."""
    decode.METHODS["timestamp"] = decode.TABLE_MAPPING[b"T"] = timestamp
    decode.METHODS["shortstr"] = short_str
