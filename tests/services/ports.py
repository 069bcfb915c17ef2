"""Ports to listen on, also again after a crash."""

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LEAST = 10_240


def free_port() -> int:
    """Return a loopback port on which nobody listens.

    It is not one that the system hands to clients: while a server is down, one of those
    that try to reach it could be given the server's own port, and keep it.
    """
    for port in random.sample(range(_LEAST, _first_of_clients()), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


def _first_of_clients() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except OSError:  # no Linux: theirs begin here
        return 49_152
