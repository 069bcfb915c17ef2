"""Names of accounts, and tokens as they are shown, kept and presented."""

from hashlib import sha256

import pytest

from registry.domain.accounts import (
    CHANCE_BYTES,
    MOST_LIVE_TOKENS,
    Account,
    AccountError,
    Token,
    TokenText,
    check_certificate_subject,
    check_name,
    is_token_id,
)

ID = "wpt_0001020304050607"
SECRET = "CAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJic"  # noqa: S105 - made of nothing secret


def drawn():
    return TokenText.drawn(bytes(range(CHANCE_BYTES)))


def token(**more):
    digest = sha256(SECRET.encode()).digest()
    return Token(ID, "ann", secret_sha256=digest, created_ms=0, **more)


def test_given_chance_when_a_token_is_drawn_then_all_of_it_is_in_there():
    assert CHANCE_BYTES == 40
    assert TokenText(ID, SECRET) == drawn()
    assert drawn().written == f"{ID}_{SECRET}"
    assert drawn().secret_sha256 == sha256(SECRET.encode()).digest()


def test_given_a_written_token_when_read_then_it_is_the_one():
    assert TokenText.find(drawn().written) == drawn()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ID,
            f"{ID}_",
            f"{ID}_{SECRET}x",
            f"{ID}_{SECRET[:-1]}",
            f" {ID}_{SECRET}",
        ),
        *(f"{ID}_{SECRET}\n", f"{ID.upper()}_{SECRET}", f"{ID}-{SECRET}"),
        *(f"wpt_{'g' * 16}_{SECRET}", f"wpt_{'0' * 15}_{SECRET}", f"{ID}_{'+' * 43}"),
        f"wpt_{'٣' * 16}_{SECRET}",
    ],
)
def test_given_a_text_that_is_no_token_when_read_then_there_is_none(text):
    assert TokenText.find(text) is None


def test_given_a_token_when_opened_then_only_its_own_secret_does():
    assert token().is_opened_by(SECRET)
    assert not token().is_opened_by(SECRET[:-1] + "d")
    assert not token().is_opened_by("")


@pytest.mark.parametrize(
    ("expires_ms", "now_ms", "is_live"),
    [(None, 10**15, True), (100, 99, True), (100, 100, False), (100, 101, False)],
)
def test_given_a_token_that_ends_when_its_time_has_come_then_it_lives_no_more(
    expires_ms, now_ms, is_live
):
    assert token(expires_ms=expires_ms).is_live(now_ms) is is_live


def test_given_secrets_when_shown_by_mistake_then_they_are_not_there():
    shown = repr((drawn(), token(), Account("ann", 0, "$argon2id$")))

    assert SECRET not in shown
    assert "argon2id" not in shown
    assert "secret_sha256" not in shown


def test_an_account_has_room_for_the_token_that_takes_the_others_place():
    assert MOST_LIVE_TOKENS == 2


@pytest.mark.parametrize(
    ("name", "is_one"),
    [(ID, True), (f"{ID}0", False), (f"x{ID}", False), (f"{ID}_{SECRET}", False)],
)
def test_given_a_name_when_it_may_be_a_tokens_then_it_is_told(name, is_one):
    assert is_token_id(name) is is_one


@pytest.mark.parametrize(
    "name", ["a", "9", "a.b_c@d+e-f", "a" * 128, "wpt", "anonymou"]
)
def test_given_a_proper_name_when_checked_then_it_is_taken(name):
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "a" * 129, ".a", "-a", "@a", "a:b", "a b", "a\n", "ä", "oidc:x"),
        *("a/b", "a\0", "*", "\u0430"),
    ],
)
def test_given_an_improper_name_when_checked_then_it_says_what_is_proper(name):
    with pytest.raises(AccountError) as caught:
        check_name(name)

    assert str(caught.value) == (
        "An account's name has 1 to 128 letters, digits or . _ @ + - and begins with a"
        " letter or digit"
    )


@pytest.mark.parametrize("name", ["anonymous", "wpt_x", ID])
def test_given_a_name_that_means_something_else_when_checked_then_it_is_reserved(name):
    with pytest.raises(AccountError) as caught:
        check_name(name)

    assert str(caught.value) == f"The name '{name}' is reserved"


@pytest.mark.parametrize("text", ["C", "CN=orders,O=Example", "C" * 1_024])
def test_given_a_certificates_subject_when_checked_then_it_is_taken(text):
    check_certificate_subject(text)


@pytest.mark.parametrize(
    "text", ["", "C" * 1_025, "CN=ö", "CN=a\r\nX: y", " CN=a", "CN=a ", "CN=\x7f"]
)
def test_given_what_no_field_can_carry_when_checked_then_it_says_what_can(text):
    with pytest.raises(AccountError) as caught:
        check_certificate_subject(text)

    assert str(caught.value) == (
        "The subject of a certificate has 1 to 1024 printable ASCII characters, as the"
        " proxy writes it: CN=orders,O=Example"
    )
