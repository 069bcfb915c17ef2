"""Ends its process, as a decoder's compiled code might."""

import os
import signal

INSTRUMENTED = ()


def seeds():
    return [b"a"]


def one(data):
    if data:
        os.kill(os.getpid(), signal.SIGSEGV)
