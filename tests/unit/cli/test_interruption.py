"""A signal may come in the midst of another one, and to a thread that handles none."""

import os
import signal
import subprocess
import sys
import threading

SCRIPT = """
import signal, sys
from registry.cli.workers import Interruption

interruption, is_nested = Interruption(), False
signal.signal(signal.SIGUSR1, lambda number, frame: interruption.set())

def interrupt(frame, event, argument):
    global is_nested
    if not is_nested:
        is_nested = True
        signal.raise_signal(signal.SIGUSR1)
        is_nested = False
    return interrupt

sys.settrace(interrupt)
interruption.set()
sys.settrace(None)
interruption.wait()
interruption.clear()
interruption.set()
interruption.wait()
print("ends")
"""


def test_given_a_signal_at_each_step_of_handling_one_when_waited_for_then_it_ends():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout == "ends\n"


TOGETHER = """
import os, signal, subprocess, sys, threading
from registry.cli.workers import Interruption

interruption = Interruption()
numbers = (signal.SIGUSR1, signal.SIGUSR2)
for each in numbers:
    signal.signal(each, lambda number, frame: interruption.set())
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
threading.Thread(target=os.waitpid, args=(child.pid, 0), daemon=True).start()
for _ in range(50):
    print("waits", flush=True)
    interruption.wait()
    interruption.clear()
for each in numbers:
    signal.signal(each, signal.SIG_IGN)
"""


def test_given_two_signals_at_once_and_another_thread_when_waited_for_then_it_ends():
    with subprocess.Popen(
        [sys.executable, "-c", TOGETHER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stdout is not None
        giving_up = threading.Timer(30, waiting.kill)
        giving_up.start()
        for _ in waiting.stdout:
            # Where they come together, the system may hand both to the other thread.
            os.kill(waiting.pid, signal.SIGUSR1)
            os.kill(waiting.pid, signal.SIGUSR2)
        giving_up.cancel()

    assert waiting.returncode == 0
