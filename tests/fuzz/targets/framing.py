"""Framings: any bytes and headers are read, or refused as a framing."""

from wirepact import wire
from wirepact.errors import FramingError
from wirepact.subjects import Role

INSTRUMENTED = ("wirepact.wire",)


def seeds():
    return [
        b"\0\0\0\0\1payload",
        b"\1" + bytes(range(16)) + b"\0payload",
        b"\0\0\0\0\1\4\0\2payload",
        b"\x08\0\0\0\0\1" + b"\0" + b"payload",
    ]


def one(data):
    # The first byte says how much of the rest is a header.
    size, rest = data[0] if data else 0, data[1:]
    given, body = rest[:size], rest[size:]
    headers = [(wire.HEADERS[Role.VALUE], given)] if size else None
    try:
        frame = wire.read(body, headers)
        assert frame.data is body
        assert 0 <= frame.start <= len(body)
        indexes, split = wire.split_indexes(frame)
        assert split.start >= frame.start
        assert all(index >= 0 for index in indexes)
        wire.without_indexes(frame)
    except FramingError:
        pass
