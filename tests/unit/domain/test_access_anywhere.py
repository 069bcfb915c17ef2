"""What somebody may do somewhere, when nobody has said yet where."""

import pytest

from registry.domain.access import (
    Access,
    Area,
    ForbiddenEverywhereError,
    Pattern,
    Permission,
    Role,
    permitted,
)

OWN = Area(".", Pattern.parse("own-*"))


def test_given_a_role_somewhere_when_held_anywhere_then_it_is_enough():
    access = Access(frozenset({(Role.DEVELOPER, OWN)}))

    access.hold_anywhere(Permission.READ)
    access.hold_anywhere(Permission.REGISTER)


@pytest.mark.parametrize(
    "access",
    [
        pytest.param(Access(frozenset()), id="nothing granted"),
        pytest.param(Access(frozenset({(Role.READER, OWN)})), id="another role"),
        pytest.param(
            Access(frozenset({(Role.OWNER, OWN)}), permitted(["reader"])),
            id="a narrowed token",
        ),
    ],
)
def test_given_no_role_for_it_when_held_anywhere_then_it_is_refused(access):
    with pytest.raises(ForbiddenEverywhereError) as caught:
        access.hold_anywhere(Permission.CONFIGURE)

    assert caught.value.code == 40301
    assert caught.value.permission is Permission.CONFIGURE
    assert str(caught.value) == "The permission 'configure' on some subject is needed"
