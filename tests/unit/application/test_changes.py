"""What a process knows of changes."""

import pytest

from registry.application.changes import Changes


def test_given_news_when_advanced_then_context_and_total_move():
    changes = Changes()
    before = changes.total

    changes.advance(".", 3)

    assert changes.seen(".") == 3
    assert changes.total != before


def test_given_old_news_when_advanced_then_nothing_moves():
    changes = Changes()
    changes.advance_all({".": 3, ".ctx": 1})
    before = changes.total

    changes.advance(".", 2)
    changes.advance(".", 3)

    assert (changes.seen("."), changes.total) == (3, before)


def test_given_one_context_when_another_changes_then_its_counter_stands_still():
    changes = Changes()
    changes.advance(".", 3)

    changes.advance(".ctx", 9)

    assert changes.seen(".") == 3


@pytest.mark.parametrize("found", [{".": 4, ".ctx": 2}, {".": 5}], ids=["less", "gone"])
def test_given_a_store_that_went_back_when_learnt_then_all_answers_are_void(found):
    changes = Changes()
    changes.learn(lambda: {".": 5, ".ctx": 2})
    before = {each: changes.seen(each) for each in (".", ".ctx", ".unknown")}
    total = changes.total

    assert changes.learn(lambda: found)

    for number in range(10):
        changes.advance(".", number)
        assert changes.seen(".") != before["."]
    assert changes.seen(".ctx") != before[".ctx"]
    assert changes.seen(".unknown") != before[".unknown"]
    assert changes.total != total


def test_given_a_lost_own_commit_when_learnt_then_all_answers_are_void():
    changes = Changes()
    changes.learn(lambda: {".": 5})
    changes.advance(".", 6)

    assert changes.learn(lambda: {".": 5})


def test_given_an_own_commit_while_reading_when_learnt_then_nothing_else_moves():
    changes = Changes()
    changes.learn(lambda: {".": 5, ".ctx": 2})

    def read():
        changes.advance(".", 6)
        return {".": 5, ".ctx": 2}

    assert not changes.learn(read)

    assert (changes.seen("."), changes.seen(".ctx")) == (6, 2)
