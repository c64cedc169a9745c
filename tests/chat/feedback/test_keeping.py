"""How much feedback came: each letter once, whichever process it came to; of persons only marks are kept."""

from __future__ import annotations

import asyncio

import pytest

from chat.feedback.keeping import PER_PERSON, Feedback, Repeated, Taking
from chat.feedback.posting import Letter
from chat.forms.keeping import OtherBody, TooMany, Visitor
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

PAGE, SERVER = Visitor(address="192.0.2.7"), Visitor(server=True, key="crm-1")


def letter(nonce: str = "", mail: str = "anna@patients.example", text: str = "hello") -> Letter:
    """A letter."""
    return Letter(site_key="clinic", text=text, consent=True, mail=mail, nonce=nonce)


async def take(counted: Feedback, one: Letter, visitor: Visitor = PAGE) -> str:
    """Take a letter; return its reference."""
    begun = await counted.begin(one, "", visitor)
    return begun.reference if isinstance(begun, Repeated) else await counted.done(one, begun)


async def test_one_filling_in_has_one_key_and_one_answer(database: OpenDatabase, keyring: Keyring) -> None:
    counted = Feedback(await database("chat"), keyring.sealer("chat"))
    first, again = await counted.begin(letter("n1"), "", PAGE), await counted.begin(letter("n1"), "", PAGE)
    assert isinstance(first, Taking) and isinstance(again, Taking) and first.key == again.key
    answers = await asyncio.gather(counted.done(letter("n1"), first), counted.done(letter("n1"), again))
    assert len(set(answers)) == 1
    assert await counted.begin(letter("n1"), "", PAGE) == Repeated(answers[0])
    other = await counted.begin(letter("n2"), "", PAGE)
    assert isinstance(other, Taking) and other.key != first.key


async def test_two_fillings_in_without_a_nonce_are_two(database: OpenDatabase, keyring: Keyring) -> None:
    counted = Feedback(await database("chat"), keyring.sealer("chat"))
    assert await take(counted, letter()) != await take(counted, letter())


async def test_a_person_writes_so_often_and_no_more_and_a_server_as_it_likes(
    database: OpenDatabase, keyring: Keyring
) -> None:
    counted = Feedback(await database("chat"), keyring.sealer("chat"))
    for number in range(PER_PERSON):
        await take(counted, letter(f"n{number}"))
    with pytest.raises(TooMany):
        await take(counted, letter("more"))
    await take(counted, letter(), SERVER)


async def test_a_key_of_a_server_is_for_one_body(database: OpenDatabase, keyring: Keyring) -> None:
    counted = Feedback(await database("chat"), keyring.sealer("chat"))
    assert await take(counted, letter(), SERVER) == await take(counted, letter("another nonce"), SERVER)
    with pytest.raises(OtherBody):
        await take(counted, letter(text="other"), SERVER)
