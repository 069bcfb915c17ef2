"""Folders of the compiler do not outlive who made them for long."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry.compiler.folders import PrivateFolder

LONG_AGO = 1_000_000_000


def _age(folder: Path) -> None:
    os.utime(folder, (LONG_AGO, LONG_AGO))


@pytest.fixture
def left_over(tmp_path: Path) -> Path:
    """A folder with a file in it, whose process was killed."""
    code = (
        "import os, pathlib, signal; from registry.compiler.folders import *;"
        f" made = PrivateFolder(pathlib.Path({str(tmp_path)!r}));"
        " (made.path / 'text').touch(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    (folder,) = tmp_path.iterdir()
    return folder


def test_given_a_folder_of_a_killed_process_when_one_is_made_then_it_is_cleared_away(
    left_over, tmp_path
):
    _age(left_over)

    made = PrivateFolder(tmp_path)

    assert list(tmp_path.iterdir()) == [made.path]
    made.remove()


def test_given_an_old_folder_in_use_when_another_is_made_then_it_stays(tmp_path):
    used = PrivateFolder(tmp_path)
    _age(used.path)

    made = PrivateFolder(tmp_path)

    assert used.path.is_dir()
    made.remove()
    used.remove()


def test_given_a_folder_just_made_when_another_is_made_then_it_stays(
    left_over, tmp_path
):
    made = PrivateFolder(tmp_path)

    assert left_over.is_dir()
    made.remove()


def test_given_a_link_called_like_a_folder_when_one_is_made_then_it_is_not_followed(
    left_over, tmp_path
):
    _age(left_over)
    parent = tmp_path / "parent"
    parent.mkdir()
    link = parent / left_over.name
    link.symlink_to(left_over)
    os.utime(link, (LONG_AGO, LONG_AGO), follow_symlinks=False)

    made = PrivateFolder(parent)

    assert (left_over / "text").exists()
    made.remove()


def test_given_a_folder_when_removed_twice_then_it_is_gone_and_so_is_its_lock(tmp_path):
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    made = PrivateFolder(tmp_path)

    made.remove()
    made.remove()

    assert not made.path.exists()
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before
