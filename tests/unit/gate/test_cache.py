"""What the gate remembers between runs, and for how long."""

import os

import pytest

from registry.gate import cache
from registry.gate.cache import FolderCache, key


@pytest.fixture
def kept(tmp_path):
    return FolderCache(tmp_path / "gate")


def files(folder):
    return sorted(each for each in folder.rglob("*") if each.is_file())


def test_given_a_value_when_put_then_another_process_finds_it(kept, tmp_path):
    kept.put(key("a"), {"n": 1})

    assert FolderCache(tmp_path / "gate").get(key("a")) == {"n": 1}
    assert kept.get(key("b")) is None


def test_given_what_a_dead_process_has_left_when_put_then_the_value_is_whole(
    kept, tmp_path
):
    name = key("a")
    part = tmp_path / "gate" / name[:2] / f"{name}.{os.getpid()}"
    part.parent.mkdir(parents=True)
    part.write_text('{"half":')

    kept.put(name, "whole")

    assert kept.get(name) == "whole"
    assert len(files(tmp_path)) == 1


def test_given_a_link_where_a_value_is_written_when_put_then_it_is_not_followed(
    kept, tmp_path
):
    name = key("a")
    outside = tmp_path / "outside"
    outside.write_text("mine")
    part = tmp_path / "gate" / name[:2] / f"{name}.{os.getpid()}"
    part.parent.mkdir(parents=True)
    part.symlink_to(outside)

    kept.put(name, "whole")

    assert outside.read_text() == "mine"
    assert kept.get(name) == "whole"


def test_given_too_many_values_when_a_run_ends_then_the_eldest_half_is_gone(
    kept, tmp_path, monkeypatch
):
    monkeypatch.setattr(cache, "_MOST_FILES", 10)
    monkeypatch.setattr(cache, "_FOLDERS", 10)
    # All in one folder, by their first digits.
    names = [f"aa{number}" for number in range(20)]
    for age, name in enumerate(names):
        kept.put(name, age)
        os.utime(tmp_path / "gate" / "aa" / name, (age, age))

    kept.close()

    assert [kept.get(each) for each in names] == [None] * 15 + [*range(15, 20)]


def test_given_few_values_when_a_run_ends_then_all_stay(kept):
    kept.put(key("a"), 1)

    kept.close()

    assert kept.get(key("a")) == 1
