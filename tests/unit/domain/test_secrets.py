import logging
import pickle
import traceback

import pytest

from registry.domain.secrets import Secret

SECRET = Secret("hunter2")


@pytest.mark.parametrize(
    "shown",
    [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET:>10}",
        f"{SECRET!r}",
        str([SECRET]),
        str({"key": SECRET}),
    ],
)
def test_whichever_way_it_is_printed_then_the_text_is_not_shown(shown):
    assert "***" in shown
    assert "hunter2" not in shown


def test_when_it_is_revealed_then_it_is_the_text():
    assert SECRET.reveal() == "hunter2"


def test_when_two_are_compared_then_their_texts_decide():
    assert Secret("hunter2") == SECRET
    assert hash(Secret("hunter2")) == hash(SECRET)
    assert Secret("hunter3") != SECRET
    assert SECRET.reveal() != SECRET


def test_when_it_is_handed_to_another_process_then_it_is_still_one():
    assert pickle.loads(pickle.dumps(SECRET)) == SECRET  # noqa: S301 - our own


def test_when_it_is_logged_or_raised_then_the_text_is_not_shown(caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("registry").info("told %s", SECRET)
    raised = traceback.format_exception(ValueError(SECRET))

    assert "hunter2" not in caplog.text + "".join(raised)


def test_given_no_ascii_when_compared_then_it_is_no_error():
    assert Secret("ключ") != Secret("Schlüssel")
