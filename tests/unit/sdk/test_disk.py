"""The folder: several processes, damage, strangers, and a full disk."""

import json
import logging
import multiprocessing
import os
import stat

import pytest

from wirepact._disk import DiskCache
from wirepact.schemas import Reference, RegisteredSchema, Schema

KEY = ("id", ".", "7", "")
SCHEMA = Schema("{}", "JSON", (Reference("r", "s", 1),), {"properties": {"a": "b"}})


def cache(folder, max_bytes=1_000_000, now=1000.0):
    return DiskCache(folder, "http://registry", max_bytes, lambda: now)


def only_file(folder):
    (file,) = folder.glob("*/*.schema")
    return file


@pytest.mark.parametrize("value", [SCHEMA, RegisteredSchema("s", 1, 7, SCHEMA)])
def test_given_an_entry_when_another_process_reads_it_then_it_is_whole(value, tmp_path):
    cache(tmp_path).write(KEY, value)

    entry = cache(tmp_path).read(KEY)

    assert (entry.value, entry.stored_at) == (value, 1000.0)


def test_given_nothing_when_read_then_there_is_nothing(tmp_path):
    assert cache(tmp_path / "not there").read(KEY) is None


def test_files_and_folders_are_nobody_elses(tmp_path):
    cache(tmp_path / "new").write(KEY, SCHEMA)

    file = only_file(tmp_path / "new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def flip(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: flip(content, -1),
        lambda content: flip(content, 3),
        lambda content: flip(content, 60),
        lambda content: b"x" * 100,
        lambda content: content + b"x",
    ],
)
def test_given_a_damaged_entry_when_read_then_it_is_not_used_and_removed(
    damage, tmp_path
):
    cache(tmp_path).write(KEY, SCHEMA)
    file = only_file(tmp_path)
    file.write_bytes(damage(file.read_bytes()))

    assert cache(tmp_path).read(KEY) is None
    assert not file.exists()


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_given_any_bit_that_is_wrong_when_read_then_nothing_is_believed(at, tmp_path):
    cache(tmp_path).write(KEY, SCHEMA)
    file = only_file(tmp_path)
    content = file.read_bytes()
    file.write_bytes(flip(content, at % len(content)))

    assert cache(tmp_path).read(KEY) is None


def test_given_another_entrys_file_in_its_place_when_read_then_it_is_removed(tmp_path):
    other = ("id", ".", "8", "")
    cache(tmp_path).write(other, SCHEMA)
    file = only_file(tmp_path)
    file.rename(cache(tmp_path)._path(KEY))

    assert cache(tmp_path).read(KEY) is None
    assert list(tmp_path.glob("*/*.schema")) == []


def test_given_a_link_in_its_place_when_read_then_it_is_not_followed(tmp_path):
    cache(tmp_path).write(KEY, SCHEMA)
    file = only_file(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)

    assert cache(tmp_path).read(KEY) is None
    assert not file.is_symlink()
    assert elsewhere.exists()


def test_given_a_pipe_in_its_place_when_read_then_nobody_waits_for_it(tmp_path):
    cache(tmp_path).write(KEY, SCHEMA)
    file = only_file(tmp_path)
    file.unlink()
    os.mkfifo(file, 0o600)

    assert cache(tmp_path).read(KEY) is None


def test_given_another_users_file_when_read_then_it_is_not_used(tmp_path, monkeypatch):
    cache(tmp_path).write(KEY, SCHEMA)
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)

    assert cache(tmp_path).read(KEY) is None


def test_given_another_users_folder_when_written_then_nothing_is_put_there(
    tmp_path, monkeypatch
):
    cache(tmp_path).write(KEY, SCHEMA)
    only_file(tmp_path).unlink()
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)

    cache(tmp_path).write(KEY, SCHEMA)

    assert list(tmp_path.glob("*/*")) == []


def test_given_a_folder_that_others_can_write_to_then_it_is_not_written_to(
    tmp_path, caplog
):
    cache(tmp_path).write(KEY, SCHEMA)
    file = only_file(tmp_path)
    file.parent.chmod(0o777)
    file.unlink()

    cache(tmp_path).write(KEY, SCHEMA)

    assert not file.exists()
    assert "others can write to it" in caplog.text


def test_given_a_folder_that_cannot_be_made_then_calls_go_on_and_it_is_said_once(
    tmp_path, caplog
):
    (tmp_path / "file").write_text("")
    disk = cache(tmp_path / "file")

    with caplog.at_level(logging.WARNING):
        disk.write(KEY, SCHEMA)
        disk.write(KEY, SCHEMA)
        assert disk.read(KEY) is None

    assert len(caplog.records) == 1


def test_the_folder_is_bounded_and_the_oldest_go_first(tmp_path):
    disk = cache(tmp_path, max_bytes=20_000)
    for number in range(60):
        disk.write(("id", ".", str(number), ""), Schema("x" * 1000))
        file = disk._path(("id", ".", str(number), ""))
        os.utime(file, (number, number))

    held = sum(file.stat().st_size for file in tmp_path.glob("*/*"))
    assert held <= 20_000
    assert disk.read(("id", ".", "59", "")) is not None
    assert disk.read(("id", ".", "0", "")) is None


def test_what_an_interrupted_process_left_is_cleared_away(tmp_path):
    cache(tmp_path).write(KEY, SCHEMA)
    part = only_file(tmp_path).parent / ".left.part"
    part.write_text("half")
    os.utime(part, (0, 0))

    cache(tmp_path).write(("id", ".", "9", ""), SCHEMA)

    assert not part.exists()


def _write_and_read(folder, seed):
    disk = cache(folder, max_bytes=8_000)
    for number in range(150):
        key = ("id", ".", str((number * seed) % 10), "")
        disk.write(key, Schema(f"text of {key[2]}" * 30))
        entry = disk.read(key)
        if entry is not None and entry.value.text != f"text of {key[2]}" * 30:
            return "read another entry's text"
    return "well"


def test_given_several_processes_when_they_share_a_folder_then_none_reads_half(
    tmp_path, caplog
):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        ends = pool.starmap(_write_and_read, [(tmp_path, seed) for seed in (1, 3, 7)])

    assert ends == ["well"] * 3
    assert list(tmp_path.glob("*/.*.part")) == []


def test_an_entry_names_the_registry_and_the_key_it_is_for(tmp_path):
    cache(tmp_path).write(KEY, SCHEMA)

    body = json.loads(only_file(tmp_path).read_bytes().partition(b"\n")[2])

    assert body["registry"] == "http://registry"
    assert body["key"] == list(KEY)
