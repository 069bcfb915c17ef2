"""The page about tests has tests that pass, and names all points."""

import re
from pathlib import Path

from wirepact._points import Point

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[3] / "docs/how-to/test-consumers.md").read_text()


def test_the_tests_of_the_page_pass(pytester):
    found = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(test_page="\n".join(found))

    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")

    assert len(found) == 3
    result.assert_outcomes(passed=6)


def test_the_page_names_all_points_in_their_order():
    table = PAGE.partition("## Where it may crash")[2].partition("##")[0]

    assert re.findall(r"^\| `(\w+)`", table, re.M) == [each.value for each in Point]
