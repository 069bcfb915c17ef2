"""Database URLs: what is accepted, and how they are named without their secrets."""

from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        *("afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs"),
        *("nfs", "nfs4", "orangefs", "smb2", "smb3", "smbfs"),
        *("fuse.ceph", "fuse.cephfs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"),
        *("fuse.gcsfuse", "fuse.juicefs", "fuse.rclone", "fuse.blobfuse2"),
    }
)


class DatabaseUrlError(Exception):
    """A database URL that cannot be used. The message holds no part of the URL."""


def parsed(text: str) -> URL:
    """Read a URL and put in the driver that is used.

    Raises:
        DatabaseUrlError: It is none, or one of a database that is not supported.

    """
    try:
        url = make_url(text)
        port = url.port
    except (ArgumentError, ValueError):
        # Neither the text nor a cause that quotes it: there may be a password in it.
        raise DatabaseUrlError(_EXPECTED) from None
    driver = _DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None or (port is not None and not 0 < port < 65536):
        raise DatabaseUrlError(_EXPECTED)
    url = url.set(drivername=driver)
    if driver == _DRIVERS["sqlite"]:
        _hold_to_a_file(url)
    return url


_EXPECTED: Final = (
    "The database URL is neither sqlite:///file nor"
    " postgresql://user:password@host:port/database"
)


def sqlite_file(url: URL) -> Path:
    return Path(url.database or "").absolute()


def without_secrets(text: str) -> str:
    """Name a database for people: no password, no options."""
    url = parsed(text)
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string(
        hide_password=True
    )


def refuse_network_file_system(file: Path, mounts: str) -> None:
    """Check where a SQLite file lies; locks and shared memory do not reach farther.

    Args:
        file: Absolute.
        mounts: The text of /proc/self/mountinfo.

    Raises:
        DatabaseUrlError: It lies on another machine.

    """
    kind = _file_system(file, mounts)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise DatabaseUrlError(
            f"The SQLite file lies on a network file system ({kind}), where its locks"
            " do not hold: put it on a local disk, or use PostgreSQL"
        )


def _hold_to_a_file(url: URL) -> None:
    name = url.database or ""
    if not name or name == ":memory:" or name.startswith("file:"):
        raise DatabaseUrlError(
            "A SQLite database needs a file: sqlite:///relative or sqlite:////absolute"
        )
    if url.host:
        raise DatabaseUrlError("A SQLite URL has no host: write three slashes")


def _file_system(file: Path, mounts: str) -> str:
    """Return the type of the file system that a file lies on, as the kernel says."""
    folders = {str(folder) for folder in (file, *file.parents)}
    longest, found = "", ""
    for line in mounts.splitlines():
        # Source: proc(5), /proc/pid/mountinfo: the type follows a lone hyphen.
        before, _, after = line.partition(" - ")
        point = before.split(" ")[4].encode().decode("unicode_escape")
        # The last of equal ones is mounted over the others.
        if point in folders and len(point) >= len(longest):
            longest, found = point, after.split(" ")[0]
    return found
