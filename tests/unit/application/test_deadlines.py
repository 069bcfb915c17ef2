"""Who waits and who does it agree on whether something is still wanted."""

import pytest

from registry.application import deadlines
from registry.application.deadlines import AbandonedError, Deadline


def committed(deadline, act):
    with deadline.committing():
        act()


def test_given_a_deadline_when_it_is_over_then_nothing_is_begun_or_committed():
    deadline = Deadline()
    deadline.hold()

    assert deadline.end()

    with pytest.raises(AbandonedError):
        deadline.hold()
    with pytest.raises(AbandonedError):
        committed(deadline, lambda: pytest.fail("committed for nobody"))
    assert not deadline.has_changed


def test_given_a_commit_under_way_when_it_would_be_over_then_it_goes_on():
    deadline = Deadline()

    with deadline.committing():
        assert not deadline.end()
        deadline.hold()

    assert deadline.has_changed
    assert deadline.end()


def test_given_a_commit_that_fails_when_over_then_nothing_has_changed():
    deadline = Deadline()

    with pytest.raises(ZeroDivisionError):
        committed(deadline, lambda: 1 // 0)

    assert deadline.end()
    assert not deadline.has_changed


def test_given_no_request_when_asked_for_its_deadline_then_there_is_time():
    deadlines.current().hold()
