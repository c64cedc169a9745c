"""A body, a model of it, and a refusal that names the place of the fault and never what stood there."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.asking.orders import BadOrder
from engine.asking.reading import body_of, private, read
from engine.store.history import BadQuery


class Inner(BaseModel):
    """One of several."""

    model_config = ConfigDict(extra="forbid")
    number: Annotated[int, Field(ge=1)]


class Sent(BaseModel):
    """What is sent here."""

    items: list[Inner]

    @model_validator(mode="after")
    def _some(self) -> Sent:
        if not self.items:
            raise ValueError("nothing in it")
        return self


class Arriving(web.Request):
    """A request whose bytes are these."""

    def __init__(self, raw: bytes) -> None:
        plain = make_mocked_request("POST", "/")
        super().__init__(
            plain._message, plain._payload, plain._protocol, plain._payload_writer, plain._task, plain._loop
        )
        self._read_bytes = raw


def test_what_is_well_made_is_read() -> None:
    assert read(Sent, {"items": [{"number": 3}]}) == Sent(items=[Inner(number=3)])


@pytest.mark.parametrize(("data", "said"), [
    ({"items": [{"number": 3}, {"number": 0}]}, "items.1.number: Input should be greater than or equal to 1"),
    ({"items": [{"number": "Synthia"}] * 2}, None),
    ({"items": []}, "the letter: Value error, nothing in it"),
    ("Synthia", None),
    (None, None),
])  # fmt: skip
def test_the_first_fault_is_told_without_what_stood_there(data: Any, said: str | None) -> None:
    with pytest.raises(BadQuery) as refused:
        read(Sent, data, "the letter")
    assert said is None or str(refused.value) == said
    assert "Synthia" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_whoever_reads_says_what_he_refuses_with() -> None:
    with pytest.raises(BadOrder, match=r"^the body: "):
        read(Sent, 7, refusal=BadOrder)


async def test_a_body_is_json() -> None:
    assert await body_of(Arriving(b'{"items": []}')) == {"items": []}


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 200_000])
async def test_a_body_that_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(BadQuery, match=r"^the body is not JSON$"):
        await body_of(Arriving(raw))


def test_nobody_keeps_an_answer_about_people() -> None:
    answer = private({"items": []})
    assert (answer.headers["Cache-Control"], answer.text) == ("no-store", '{"items": []}')
