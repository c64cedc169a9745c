"""An error's docstring is what it says; its key is what a screen looks up."""

import pytest

from okno import errors


class ShelfEmpty(errors.TheirFault):
    """The shelf is empty.

    A paragraph that is not the message.
    """


class Named(errors.Refused):
    """Refused."""

    key = "error.own_name"


def test_the_docstring_is_the_message() -> None:
    assert str(ShelfEmpty()) == "The shelf is empty."
    assert str(ShelfEmpty("shelf 3 is empty")) == "shelf 3 is empty"


def test_the_key_comes_from_the_name_unless_given() -> None:
    assert ShelfEmpty.key == "error.shelf_empty"
    assert Named.key == "error.own_name"
    assert errors.OknoError.key == "error.okno"


@pytest.mark.parametrize("branch", [errors.OurFault, errors.TheirFault, errors.Refused])
def test_three_branches_and_each_says_something(branch: type[errors.OknoError]) -> None:
    assert issubclass(branch, errors.OknoError)
    assert str(branch()).endswith((".", "retry and degrade.", "alarm.")) and len(str(branch())) > 10
