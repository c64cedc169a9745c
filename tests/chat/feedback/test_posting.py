"""What a form for feedback posts, read at the edge."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.feedback.posting import Letter

GOOD: dict[str, Any] = {"site_key": "clinic", "text": "hello", "consent": True}


@pytest.mark.parametrize("consent", [True, "1", "on", "true", "YES"])
def test_a_consent_is_one_however_a_form_says_it(consent: object) -> None:
    assert Letter.model_validate(GOOD | {"consent": consent}).consent is True


@pytest.mark.parametrize("consent", [False, "", "0", "off", None, 2, []])
def test_without_a_consent_nothing_is_read(consent: object) -> None:
    with pytest.raises(pydantic.ValidationError):
        Letter.model_validate(GOOD | {"consent": consent})


def test_lines_stay_and_signs_nobody_sees_go() -> None:
    found = Letter.model_validate(GOOD | {"text": " a\u202eb\r\n\r\nc\x07 \n", "name": "An\nna", "mail": " Anna@P.Example "})
    assert (found.text, found.name, found.mail) == ("ab\n\nc", "An na", "anna@p.example")


@given(st.dictionaries(st.sampled_from(sorted(Letter.model_fields)), st.one_of(st.text(), st.integers(), st.none(), st.booleans())))
def test_nothing_posted_makes_it_fall(body: dict[str, Any]) -> None:
    try:
        found = Letter.model_validate(body)
    except pydantic.ValidationError:
        return
    assert found.text.strip() and found.consent
