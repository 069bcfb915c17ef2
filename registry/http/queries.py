"""Query strings, read and changed before the framework reads them."""

from urllib.parse import parse_qsl, quote, unquote_to_bytes


def last(query: bytes, name: str) -> str:
    """Return the value of a parameter, empty for none; of several, the last counts."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return dict(pairs).get(name, "")


def having(query: bytes, name: str, value: str) -> bytes:
    """Return a query in which a parameter has one value; the rest is as it came in."""
    others = [
        part
        for part in query.split(b"&")
        if part and unquote_to_bytes(part.partition(b"=")[0]) != name.encode()
    ]
    return b"&".join([*others, f"{name}={quote(value, safe=':.')}".encode()])
