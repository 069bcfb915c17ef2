"""The corpus, sent to the real application and read by the SDK, in other processes.

Each case is answered as it should be, soon, within little memory, and without a file,
a connection or a process that a schema has asked for; the next one is answered as well.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.hostile import wire
from tests.hostile.corpus import GROUPS, LARGE_S, SMALL_S, cases
from tests.hostile.world import strange

# A busy machine, and one that is slower, may take so much longer.
SLACK = 5
MOST_KIB = 64 * 1024
# What 44 000 fields of Protobuf take, which is as many as fit into the largest text.
MOST_KIB_OF = {"fields-up-to-the-size": 128 * 1024}
HANG_S = 240

EVERY = (*GROUPS, "wire")
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="memory is looked up in /proc"
)


@cache
def reports(group: str) -> Mapping[str, dict[str, Any]]:
    """Send a group's cases, once; what came of each, by its name."""
    hook = Path(__file__).parent / "in_every_process"
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        log.touch()
        ended = subprocess.run(
            [sys.executable, "-m", "tests.hostile.child", group, folder],
            env={
                **os.environ,
                "HOSTILE_LOG": str(log),
                "PYTHONPATH": os.pathsep.join((str(hook), ".")),
            },
            capture_output=True,
            text=True,
            timeout=HANG_S,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr[-4000:]
    found = map(json.loads, ended.stdout.splitlines())
    return {each["name"]: each for each in found}


@cache
def expected(group: str) -> Mapping[str, tuple[tuple[int | str, ...], float]]:
    """Return the codes of each case and its time, by its name; texts are let go."""
    if group == "wire":
        return {name: ((end,), SMALL_S) for name, end in wire.expected().items()}
    return {case.name: (case.codes, case.bound_s) for case in cases(group)}


def test_there_are_hundreds_of_cases():
    assert sum(len(expected(group)) for group in EVERY) >= 900
    assert all(len(expected(group)) >= 90 for group in EVERY)


@pytest.mark.parametrize("group", EVERY)
def test_given_a_hostile_case_when_sent_then_it_is_answered_as_expected(group):
    wanted = expected(group)

    answered = {name: each["codes"][0] for name, each in reports(group).items()}

    assert answered.keys() == wanted.keys()
    wrong = {
        name: code for name, code in answered.items() if code not in wanted[name][0]
    }
    assert not wrong


@pytest.mark.parametrize("group", GROUPS)
def test_given_a_hostile_case_when_sent_in_any_way_then_it_is_no_fault_of_ours(group):
    wrong = {
        name: each["codes"]
        for name, each in reports(group).items()
        if any(str(code).startswith("5") for code in each["codes"])
    }
    assert not wrong


@pytest.mark.parametrize("group", EVERY)
def test_given_a_hostile_case_when_sent_then_it_takes_little_time(group):
    allowed = {name: bound_s for name, (_, bound_s) in expected(group).items()}

    slow = {
        name: (each["cpu_s"], each["wall_s"])
        for name, each in reports(group).items()
        if each["cpu_s"] > SLACK * allowed[name] or each["wall_s"] > SLACK * LARGE_S
    }

    assert not slow


@pytest.mark.parametrize("group", EVERY)
def test_given_a_hostile_case_when_sent_then_it_takes_little_memory(group):
    large = {
        name: each["rss_kib"]
        for name, each in reports(group).items()
        if each["rss_kib"] > MOST_KIB_OF.get(name, MOST_KIB)
    }
    assert not large


@pytest.mark.parametrize("group", EVERY)
def test_given_a_hostile_case_when_sent_then_nothing_in_the_world_is_touched(group):
    touched = {
        name: found
        for name, each in reports(group).items()
        if (found := [event for event in each["events"] if strange(event)])
    }
    assert not touched


@pytest.mark.parametrize("group", EVERY)
def test_given_a_hostile_case_when_answered_then_the_next_request_is_as_well(group):
    assert all(each["is_alive"] for each in reports(group).values())
