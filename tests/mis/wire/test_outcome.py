"""What is told of a look that failed, and of nonsense."""

from __future__ import annotations

import pytest

from mis.terms import DeadlineExceeded, Forbidden, NotFound, OutcomeUnknown, Unavailable
from mis.wire import after, before, lost, sample
from tests.mis.fhir_server import context


async def _raise(error: Exception) -> None:
    raise error


async def _seen() -> str:
    return "seen"


async def test_what_is_seen_is_told() -> None:
    assert (await before(_seen()), await after(context(), _seen())) == ("seen", "seen")


async def test_before_a_write_no_answer_means_nothing_was_done() -> None:
    with pytest.raises(Unavailable):
        await before(_raise(DeadlineExceeded()))
    with pytest.raises(NotFound):
        await before(_raise(NotFound()))


@pytest.mark.parametrize("error", [DeadlineExceeded(), Unavailable(), Forbidden(), NotFound()])
async def test_after_a_write_a_failed_look_leaves_it_unknown(error: Exception) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        await after(context("our-key"), _raise(error))
    assert raised.value.ours == "our-key"


def test_a_sample_says_nothing_of_what_it_is_of() -> None:
    assert len(sample(b"Ivanova")) == 12 and sample(b"Ivanova") != sample(b"Petrova")


def test_what_was_never_sent_is_not_unknown() -> None:
    assert isinstance(lost(context("k"), sent=True), OutcomeUnknown)
    assert isinstance(lost(context("k"), sent=False), Unavailable)
