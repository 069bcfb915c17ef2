"""Which events of those that `sitecustomize` notes only a schema can have caused."""

import sys
import tempfile
from ast import literal_eval
from pathlib import Path
from typing import Final

import registry
import wirepact

_PACKAGES: Final = [Path(package.__file__).parent for package in (registry, wirepact)]
# Where code is, and where protoc works; a worker that is started anew reads the former.
_OURS: Final = (
    *(sys.prefix, sys.base_prefix, *map(str, _PACKAGES)),
    "/dev/shm/wirepact-compiler-",  # noqa: S108 - looked at, not written
    f"{tempfile.gettempdir()}/wirepact-compiler-",
)
# What a launch looks into by itself.
_FOLDERS: Final = frozenset(
    {"/dev/null", "/dev/shm", *(str(each.parent) for each in _PACKAGES)}  # noqa: S108 - looked into, not written
)
# What is cleared away after a worker that had to be killed, name by name.
_CLEARED: Final = frozenset(
    {"texts", "out", "complaints", "well-known", "google", "protobuf", "type"}
    | {"confluent"}
)
_IMPORTED: Final = frozenset(
    {"google", "grpc_tools", "pkg_resources", "registry"}
    | {"sitecustomize", "usercustomize"}
)
# The library asks for these everywhere, to find out whether it runs on Java.
_JAVA: Final = frozenset({"org", "org.python", "org.python.core"})


def strange(event: str) -> bool:
    """Whether an event is one that no request may cause: a line of the log."""
    kind, _, written = event.partition("\t")
    what = literal_eval(written) if written else None
    if kind == "import":
        top = str(what).partition(".")[0]
        return top not in sys.stdlib_module_names | _IMPORTED and what not in _JAVA
    if kind == "subprocess.Popen":
        return what != sys.executable
    if kind.startswith(("socket.", "os.system", "os.exec", "os.posix", "pickle.")):
        return True
    return not _is_ours(what)


def _is_ours(path: object) -> bool:
    """Whether a path, or an open file, is one that is used whatever a schema says."""
    if not isinstance(path, str):
        return True
    if path in _FOLDERS or path.startswith(_OURS):
        return True
    return path in _CLEARED or ("/" not in path and path.endswith(".proto"))
