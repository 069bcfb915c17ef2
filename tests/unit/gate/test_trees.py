"""Files by name, where names begin alike."""

from pathlib import Path

import pytest

from registry.gate.trees import FolderTree


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("a", {"a/b/c", "a/é", "a/\U0010ffff"}),
        ("a/b", {"a/b/c"}),
        ("a-b", {"a-b/c"}),
        ("c", set()),
        ("a0", set()),
    ],
)
def test_given_names_that_begin_alike_when_asked_for_a_folder_then_only_what_is_in_it(
    tmp_path: Path, folder: str, expected: set[str]
):
    for name in ("a-b/c", "a.b", "a/b/c", "a/é", "a/\U0010ffff", "a0", "ab/c", "b/a"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)

    tree = FolderTree(tmp_path, ("",))

    assert tree.inside(folder) == {name: name.encode() for name in expected}
