"""What the gate asks of git: where a repository is, and what its trees hold.

Every question is one process, however many files it is about. Names are taken as git
has them, byte by byte, whatever the locale.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Final, NamedTuple

from registry.gate.trouble import GateError

LINK_TO_REPOSITORY: Final = "160000"
"""The mode of a submodule in a tree: a commit of another repository."""

_FILES: Final = frozenset({"100644", "100755"})
_CHUNK: Final = 1 << 20
_HASH: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
# In English, without questions, and without locks that a look does not need.
_SURROUNDINGS: Final = ("LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0")
# What `env` says of a command that it does not find.
_NOT_INSTALLED: Final = 127


class GitError(GateError):
    """Git is not there, or refuses; the message is for a person."""


class Entry(NamedTuple):
    """A name in a tree.

    Attributes:
        mode: As git writes it.
        object_id: Of its content; as long as the repository's hashes are.

    """

    mode: str
    object_id: str

    @property
    def is_file(self) -> bool:
        return self.mode in _FILES


@dataclass(frozen=True, slots=True)
class Repository:
    """A working tree with its history.

    Attributes:
        root: The working tree's folder, absolute.
        is_shallow: Whether the history ends before its beginning.

    """

    root: Path
    is_shallow: bool

    @classmethod
    def find(cls, folder: Path) -> "Repository | None":
        """Return the repository that a folder is in; None if it is in none.

        Raises:
            GitError: Git is not installed, or does not trust the repository.

        """
        done = _run(
            folder, "rev-parse", "--is-shallow-repository", "--show-toplevel", ok=None
        )
        if done.returncode:
            if b"not a git repository" in done.stderr:
                return None
            raise GitError(_told(done.stderr))
        shallow, _, root = done.stdout.partition(b"\n")
        # The name of a folder may end in a line break; git adds one more.
        path = Path(os.fsdecode(root.removesuffix(b"\n")))
        return cls(path, shallow.strip() == b"true")

    def find_commit(self, name: str) -> str | None:
        """Return the commit that a name stands for; None if it stands for none."""
        wanted = f"{name}^{{commit}}"
        done = _run(
            self.root,
            *("rev-parse", "--verify", "--quiet", "--end-of-options", wanted),
            ok=None,
        )
        return None if done.returncode else done.stdout.decode().strip()

    def commits(self, names: Sequence[str]) -> dict[str, str]:
        """Return the commits that names stand for; those that stand for none left out.

        All are asked for at once: a process for each would take longer than the rest.
        """
        # A name with a space or a line break in it is none, and would be several.
        asked = [each for each in names if len(each.split()) == 1]
        done = _run(
            self.root,
            *("cat-file", "--batch-check=%(objectname)"),
            given="".join(f"{each}^{{commit}}\n" for each in asked).encode(),
        )
        answers = done.stdout.decode(errors="replace").splitlines()
        # Of a name that stands for nothing, the answer repeats it.
        found = zip(asked, answers, strict=True)
        return {name: each for name, each in found if _HASH.fullmatch(each)}

    def find_origin(self) -> str | None:
        """Return where the repository is fetched from, as git has it written down."""
        done = _run(self.root, "config", "--get", "remote.origin.url", ok=None)
        return done.stdout.decode(errors="replace").strip() or None

    def find_merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits; None if there is none."""
        done = _run(self.root, "merge-base", one, other, ok=None)
        if done.returncode not in {0, 1}:
            raise GitError(_told(done.stderr))
        return done.stdout.decode().strip() or None

    def tree(self, commit: str, folders: Sequence[str]) -> dict[str, Entry]:
        """Return all that a commit has in some folders, by name from the root on."""
        command = ("ls-tree", "-r", "-z", "--full-tree", commit)
        done = _run(self.root, *command, "--", *(each or "." for each in folders))
        found: dict[str, Entry] = {}
        for record in _records(done.stdout):
            facts, _, name = record.partition("\t")
            mode, _kind, object_id = facts.split()
            found[name] = Entry(mode, object_id)
        return found

    def index(self, folders: Sequence[str]) -> dict[str, Entry]:
        """Return what is staged in some folders, by name from the root on.

        Raises:
            GitError: A merge is under way, and not all of it is settled.

        """
        command = ("--literal-pathspecs", "ls-files", "-s", "-z", "--full-name")
        done = _run(self.root, *command, "--", *(each or "." for each in folders))
        found: dict[str, Entry] = {}
        for record in _records(done.stdout):
            facts, _, name = record.partition("\t")
            mode, object_id, stage = facts.split()
            if stage != "0":
                raise GitError(f"{name} has a conflict: settle the merge first")
            found[name] = Entry(mode, object_id)
        return found

    def revised(self, commit: str, names: Sequence[str]) -> frozenset[str]:
        """Return the files that had more than one text up to a commit.

        They are looked for under the names that they have now.
        """
        command = ("--literal-pathspecs", "log", "-z", "--raw", "--format=")
        shape = ("--no-renames", "--no-abbrev", "--diff-filter=AM")
        done = _run(self.root, *command, *shape, commit, "--", *names)
        texts: dict[str, set[str]] = {}
        records = _records(done.stdout)
        for facts, name in zip(records, records, strict=False):
            texts.setdefault(name, set()).add(facts.split()[3])
        return frozenset(name for name, found in texts.items() if len(found) > 1)

    def contents(
        self, object_ids: Iterable[str], max_bytes: int
    ) -> Mapping[str, bytes | None]:
        """Return what objects hold, read by one process; None for one too large.

        Raises:
            GitError: An object is missing.

        """
        wanted = tuple(dict.fromkeys(object_ids))
        if not wanted:
            return {}
        with subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            _command("cat-file", "--batch", "--buffer"),
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as running:
            assert running.stdin is not None  # noqa: S101 - it is a pipe
            assert running.stdout is not None  # noqa: S101 - it is a pipe
            asking = Thread(target=_ask, args=(running.stdin, wanted))
            # Beside the reading: each side would wait for the other one.
            asking.start()
            try:
                return dict(_batch(running.stdout, wanted, max_bytes))
            finally:
                running.stdout.close()
                asking.join()


def _ask(questions: IO[bytes], wanted: Sequence[str]) -> None:
    # Git ends early where an object is missing; that is told by what it answered.
    with suppress(BrokenPipeError), questions:
        questions.write("".join(f"{each}\n" for each in wanted).encode())


def _batch(
    answers: IO[bytes], wanted: Sequence[str], max_bytes: int
) -> Iterator[tuple[str, bytes | None]]:
    """Read the answers of `git cat-file --batch`, in the order of the questions."""
    for object_id in wanted:
        head = answers.readline().decode().split()
        if len(head) != 3:
            raise GitError(
                f"object {object_id} is missing: fetch the whole history"
                " (`git fetch --unshallow`, or `fetch-depth: 0` in CI)"
            )
        size = int(head[2])
        if size > max_bytes:
            _skip(answers, size)
            yield object_id, None
        else:
            yield object_id, answers.read(size)
        answers.read(1)


def _skip(answers: IO[bytes], size: int) -> None:
    while size > 0:
        size -= len(answers.read(min(size, _CHUNK))) or size


def _records(output: bytes) -> Iterator[str]:
    return (each for each in os.fsdecode(output).split("\0") if each)


def _run(
    folder: Path, *arguments: str, ok: int | None = 0, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder.

    Args:
        ok: The status that is expected; None where the caller looks at it.
        given: What it reads.

    """
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
            _command(*arguments),
            cwd=folder,
            input=given,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from error
    if done.returncode == _NOT_INSTALLED:
        raise GitError(
            "git is not installed; without it, use --against dir:PATH or lock"
        )
    if ok is not None and done.returncode != ok:
        raise GitError(_told(done.stderr))
    return done


def _command(*arguments: str) -> list[str]:
    return ["env", *_SURROUNDINGS, "git", "--no-pager", *arguments]


def _told(errors: bytes) -> str:
    text = errors.decode(errors="replace").strip()
    first = next((line for line in text.splitlines() if line.strip()), "")
    return f"git says: {first.removeprefix('fatal: ') or 'nothing, and fails'}"
