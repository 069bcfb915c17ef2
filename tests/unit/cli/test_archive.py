"""The file of an export, and the heap on disk that puts records in order."""

import hashlib
import io
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.cli.moving import archive
from registry.cli.moving.archive import ArchiveError, MerkleTree, Origin
from registry.cli.moving.spool import Spool


def a_version(subject, number=1, *targets):
    references = [
        {"name": f"r{at}", "subject": name, "version": version}
        for at, (name, version) in enumerate(targets)
    ]
    more = {"references": references} if references else {}
    return {
        "kind": "version",
        "subject": subject,
        "version": number,
        "id": number,
        "schema": "x" * 500,
        **more,
    }


def places(spool):
    return [(record["subject"], record["version"]) for _, record in spool.ordered()]


def written(records, *, is_wirepact=True):
    stream = io.BytesIO()
    archive.write(stream, Origin(is_wirepact), records)
    stream.seek(0)
    return stream


def root_as_defined(digests):
    """Return the root as RFC 6962, section 2.1, defines it."""
    if len(digests) == 1:
        return hashlib.sha256(b"\0" + digests[0]).digest()
    half = 1
    while half * 2 < len(digests):
        half *= 2
    left, right = root_as_defined(digests[:half]), root_as_defined(digests[half:])
    return hashlib.sha256(b"\1" + left + right).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40))
def test_given_digests_when_added_then_the_root_is_that_of_the_definition(digests):
    tree = MerkleTree()
    for each in digests:
        tree.add(each)

    assert tree.root == root_as_defined(digests).hex()


@pytest.mark.parametrize("is_wirepact", [True, False])
def test_given_records_when_written_and_read_then_they_are_the_same(is_wirepact):
    records = [a_version("größe\u2028", 1), {"kind": "context", "name": ".a"}]

    origin, found = archive.read(written(records, is_wirepact=is_wirepact))

    assert origin == Origin(is_wirepact)
    assert [*found] == records


def test_given_no_records_when_written_and_read_then_there_are_none():
    _, found = archive.read(written([]))

    assert [*found] == []


def test_given_a_newer_form_when_read_then_it_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "FORMAT_VERSION", 2)
    stream = written([])
    monkeypatch.undo()

    with pytest.raises(ArchiveError, match="of a newer release"):
        archive.read(stream)


def test_given_a_kind_nobody_knows_when_read_then_its_line_is_told():
    _, found = archive.read(written([a_version("s"), {"kind": "nix"}]))

    with pytest.raises(ArchiveError, match="line 3: this kind of record is not known"):
        list(found)


@given(st.lists(st.lists(st.integers(0, 19), max_size=3), max_size=20), st.randoms())
def test_given_references_when_ordered_then_targets_come_first_and_are_less_deep(
    choices, random
):
    versions = [
        a_version(f"s{at}", 1, *((f"s{to % at}", 1) for to in chosen if at))
        for at, chosen in enumerate(choices)
    ]
    random.shuffle(versions)
    with Spool() as spool:
        spool.add(versions)

        found = [*spool.ordered()]

    depths = {record["subject"]: depth for depth, record in found}
    assert len(found) == len(versions)
    assert [depth for depth, _ in found] == sorted(depth for depth, _ in found)
    for record in versions:
        for each in record.get("references", ()):
            assert depths[each["subject"]] < depths[record["subject"]]


def test_given_references_between_contexts_when_ordered_then_they_are_followed():
    near = a_version("a", 1, (":.far:b", 1))
    far = a_version(":.far:b", 1, ("c", 1))
    with Spool() as spool:
        spool.add([near, far, a_version("c"), a_version(":.far:c")])

        found = places(spool)

    assert found == [("c", 1), (":.far:c", 1), (":.far:b", 1), ("a", 1)]


def test_given_a_circle_when_ordered_then_all_come_out_and_it_comes_last():
    with Spool() as spool:
        spool.add(
            [
                a_version("a", 1, ("b", 1)),
                a_version("b", 1, ("a", 1)),
                a_version("c", 1, ("c", 1), ("nobody", 1)),
                a_version("d", 1, ("a", 1)),
            ]
        )

        assert places(spool) == [("c", 1), ("a", 1), ("b", 1), ("d", 1)]


def test_given_all_kinds_when_ordered_then_what_is_needed_comes_first():
    records = [
        {"kind": "mode", "scope": "", "mode": "READONLY"},
        {"kind": "policies", "subject": "a", "policies": ["WIRE"]},
        {"kind": "config", "scope": "a", "config": {}},
        {"kind": "guidAlias", "guid": "g", "context": ".", "id": 1},
        a_version("a"),
        {"kind": "context", "name": ".", "lastId": 3},
    ]
    with Spool() as spool:
        spool.add(records)

        assert [record for _, record in spool.ordered()] == records[::-1]


def test_given_a_record_twice_when_ordered_then_the_later_one_counts():
    with Spool() as spool:
        spool.add([a_version("a"), {**a_version("a"), "id": 9}])

        assert [record["id"] for _, record in spool.ordered()] == [9]


def peak_bytes(count):
    """Return the most memory that it takes to write and read so many versions."""

    def records():
        for number in range(1, count + 1):
            targets = [("s0", 1)] if number > 1 else []
            yield a_version(f"s{number % 7}", number, *targets)

    tracemalloc.start()
    try:
        with Spool() as spool:
            spool.add(records())
            ordered = (record for _, record in spool.ordered())
            with Path(os.devnull).open("wb") as nowhere:
                archive.write(nowhere, Origin(is_wirepact=True), ordered)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_given_ten_times_the_versions_when_exported_then_memory_is_the_same():
    few, many = peak_bytes(500), peak_bytes(5_000)

    assert many < 1.5 * few + 100_000


def test_given_ten_times_the_versions_when_read_then_memory_is_the_same(tmp_path):
    def peak(count):
        file = tmp_path / str(count)
        with file.open("wb") as stream:
            origin = Origin(is_wirepact=True)
            archive.write(stream, origin, (a_version("s", n) for n in range(count)))
        tracemalloc.start()
        try:
            with file.open("rb") as stream, Spool() as spool:
                spool.add(archive.read(stream)[1])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(500), peak(5_000)

    assert many < 1.5 * few + 100_000
