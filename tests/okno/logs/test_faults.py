"""What a log says of an exception: enough to find it, nothing of anybody."""

from __future__ import annotations

import asyncpg
import pydantic
import pytest

from okno.errors import OurFault, TheirFault
from okno.logs.faults import describe, words

CANARY = "+79990001122"


class Model(pydantic.BaseModel):
    age: int


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_kind_words_and_place() -> None:
    described = describe(raised(OurFault("queue reg has no members")))
    assert described["kind"] == "okno.errors.OurFault"
    assert described["words"] == "queue reg has no members"
    assert str(described["at"]).startswith("['okno/logs/test_faults.py:") and "raised" in str(described["at"])


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"bad {CANARY}"),
        KeyError(CANARY),
        RuntimeError({"caller": "Щукоедов"}),
        LookupError("Shchukoedov"[:0] + "'Shchukoedov'"),
        OSError(2, f"no file for {CANARY}"),
        OurFault("call of 8 (999) 000-11-22 by Щукоедов"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, CANARY),
    ],
)
def test_no_data_in_words(error: BaseException) -> None:
    described = str(describe(raised(error)))
    for canary in (CANARY, "000-11-22", "Щукоедов", "Shchukoedov"):
        assert canary not in described


def test_postgres_says_its_code_and_constraint_only() -> None:
    error = asyncpg.UniqueViolationError(f"duplicate key {CANARY}")
    error.sqlstate, error.constraint_name, error.detail = "23505", "contact_key", f"Key (phone)=({CANARY}) exists"
    assert words(error) == "sqlstate=23505 constraint_name=contact_key"
    assert "Ivanova" not in words(asyncpg.DataError("invalid input for query argument $1: 'Ivanova' (expected int)"))


def test_pydantic_says_places_only() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        Model.model_validate({"age": "Ivanova"})
    assert words(caught.value) == "age: int_parsing"


def test_causes_and_groups_are_told() -> None:
    try:
        try:
            int("Ivanova")
        except ValueError as first:
            raise TheirFault("the MIS answered nonsense") from first
    except TheirFault as second:
        assert describe(second)["because"] == "ValueError: invalid literal for int() with base 10: '•'"
    group = describe(raised(ExceptionGroup("two", [ValueError(CANARY), OSError(5, "x")])))
    assert [inner["kind"] for inner in group["inside"]] == ["ValueError", "OSError"]  # type: ignore[attr-defined]
    assert CANARY not in str(group)


def test_an_exception_that_cannot_speak_is_told_all_the_same() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError(CANARY)

    assert words(Mute()) == "(its words cannot be read: RuntimeError)"
