"""Notes what a process does to the world around it; Python imports this by its name.

A hook of the interpreter sees what no replaced function would: C code as well asks for
its files and connections through it, and a worker is watched from its first line.
"""

import os
import sys

LOG = os.environ.get("HOSTILE_LOG")
WATCHED = frozenset(
    {
        *("open", "os.listdir", "os.scandir", "os.rename", "os.remove", "os.mkdir"),
        *("socket.connect", "socket.sendto", "socket.getaddrinfo"),
        *("socket.gethostbyname", "socket.bind"),
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
        *("import", "ctypes.dlopen", "sqlite3.connect", "pickle.find_class"),
    }
)

if LOG:
    log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(event, arguments):
        if event in WATCHED:
            what = arguments[1:2] if event.startswith("socket.") else arguments[:1]
            if event in ("socket.getaddrinfo", "socket.gethostbyname"):
                what = arguments[:1]
            os.write(log, f"{event}\t{ascii(*what)}\n".encode())

    sys.addaudithook(note)
