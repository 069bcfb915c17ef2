"""What a process knows of changes."""

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
