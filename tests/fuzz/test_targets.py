"""Each target for a short while. `make fuzz` takes as long as one wants."""

import sys

import pytest

from tests.fuzz.runner import all_targets, run

# Together about a minute for the decoders of one language.
SECONDS = 15

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info >= (3, 14),
    reason="atheris has no wheel here",
)


@pytest.mark.parametrize("module", all_targets())
def test_when_fuzzed_for_a_while_then_nothing_is_found(module, tmp_path):
    outcome = run(module, SECONDS, tmp_path)

    assert outcome.is_clean, outcome


@pytest.mark.parametrize("name", ["dies", "raises", "hangs"])
def test_given_a_target_that_does_harm_when_fuzzed_then_the_input_is_kept(
    name, tmp_path
):
    outcome = run(f"tests.fuzz.broken.{name}", 30, tmp_path, hang_s=1)

    assert not outcome.is_clean
    assert len(outcome.finds) == 1
    assert outcome.finds[0].read_bytes()
