"""Each kind of envelope has its way; the engine is told once for all that one event brought."""

from __future__ import annotations

from typing import get_args

import pytest
import pytest_asyncio

from chat.receiving.taking import Taking
from chat.receiving.turn import Turn
from chat.wire import Came, Envelope
from okno import clock
from okno.seal import Keyring
from tests.chat.clinic import ANNA, KEY, Place
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


@pytest.mark.parametrize("kind", get_args(Came))
async def test_no_kind_breaks_a_reader_whoever_it_names(place: Place, kind: Came) -> None:
    for peer in (ANNA, None):
        await place.says("hello")
        async with place.database.acquire() as connection, connection.transaction():
            turn = Turn(connection, place.running, clock.now())
            await place.taking.take(turn, Envelope(account=KEY, kind=kind, ext_id="1", peer=peer))
            await place.taking.tell(turn)
        assert turn.waits == {}
    assert await place.database.fetchval("SELECT count(*) FROM conversation") >= 1


async def test_two_messages_of_one_event_are_told_once(place: Place) -> None:
    async with place.database.acquire() as connection, connection.transaction():
        turn = Turn(connection, place.running, clock.now())
        for number in (1, 2):
            await place.taking.take(turn, Envelope(
                account=KEY, kind="message.in", ext_id=str(number), message=str(number), peer=ANNA, text="x"
            ))  # fmt: skip
        await place.taking.tell(turn)
    assert [(one["seq"], one["unheard"]) for one in await place.told("ConversationWaits")] == [(2, 2)]


async def test_a_kind_somebody_else_takes_is_his(place: Place) -> None:
    taken: list[Envelope] = []

    async def take(turn: Turn, envelope: Envelope) -> None:
        taken.append(envelope)

    taking = Taking(place.kept, place.answering, {"callback": take})
    async with place.database.acquire() as connection, connection.transaction():
        wish = Envelope(account=KEY, kind="callback", ext_id="1", peer=ANNA)
        await taking.take(Turn(connection, place.running, clock.now()), wish)
    assert taken == [wish]
