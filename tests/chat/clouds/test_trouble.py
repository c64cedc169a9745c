"""What a lamp says of a call that failed: whose fault it is, for whoever has to mend it."""

from __future__ import annotations

import pytest

from chat.clouds.trouble import wait_s, why
from chat.wire import Undelivered, Unknown
from okno.database import DatabaseDown


@pytest.mark.parametrize(("error", "word"), [
    (Undelivered("token"), "token"), (Undelivered("stranger"), "stranger"), (Unknown("no_answer"), "offline"),
    (Unknown("http_502"), "offline"), (Unknown("answer"), "stranger"), (DatabaseDown(), "database"),
])  # fmt: skip
def test_a_fault_has_a_word(error: Undelivered | Unknown | DatabaseDown, word: str) -> None:
    assert why(error) == word


def test_it_is_tried_again_when_the_cloud_asks_for_that() -> None:
    assert wait_s(Undelivered("rate", retry_after_s=70.0), 5.0) == 70.0
    for error in (Undelivered("rate", retry_after_s=1.0), Undelivered("refused"), Unknown("no_answer"), DatabaseDown()):
        assert wait_s(error, 5.0) == 5.0
