"""How long people who write will wait: their places as the router sees them, and no promise nobody can keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine import events as ev
from engine.chats.waiting import Places, standing
from engine.world import Request
from okno.errors import TheirFault
from tests.engine.clinic import at, clinic
from tests.engine.playbook import perform
from tests.engine.requests.chats.talks import key, sitting, wrote


class Shown:
    """A `chat` that notes what it is told; `away`: it does not answer."""

    def __init__(self) -> None:
        self.told: list[list[tuple[str, int | None, int | None]]] = []
        self.away = False

    async def places(self, places: Sequence[Mapping[str, Any]]) -> None:
        if self.away:
            raise TheirFault("away")
        self.told.append([(one["conversation"][-3:], one["position"], one["eta_s"]) for one in places])


def talk(serial: int) -> str:
    return key(100 + serial)


async def test_each_change_is_told_once_and_who_waits_no_more_too() -> None:
    world, chat = clinic(), Shown()
    places = Places(world, chat)
    for serial in (1, 2):
        perform(world, wrote(serial, serial, conversation=talk(serial)))
    await places.look(at(3))
    assert chat.told == [[(talk(1)[-3:], 1, None), (talk(2)[-3:], 2, None)]]
    await places.look(at(5))
    assert len(chat.told) == 1
    perform(world, wrote(3, 6, conversation=talk(3), priority=50))
    await places.look(at(7))
    assert sorted(chat.told[-1]) == sorted([(talk(3)[-3:], 1, None), (talk(1)[-3:], 2, None), (talk(2)[-3:], 3, None)])
    perform(world, ev.TakeAsked(
        at=at(8), command="c", actor="a", role="operator", operator="orlova", request=key(3)
    ))  # fmt: skip
    await places.look(at(9))
    assert (talk(3)[-3:], None, None) in chat.told[-1]


async def test_letters_and_forms_have_no_place() -> None:
    world = clinic()
    perform(world, wrote(1, 1, kind="email", channel="mail", account="mail:info"))
    assert standing(world) == {}


async def test_what_was_not_heard_is_told_again_and_all_of_it_from_time_to_time() -> None:
    world, chat = clinic(), Shown()
    places = Places(world, chat)
    perform(world, wrote(1, 1, conversation=talk(1)))
    chat.away = True
    await places.look(at(2))
    chat.away = False
    await places.look(at(4))
    assert len(chat.told) == 1
    await places.look(at(63))
    assert len(chat.told) == 2


async def test_the_time_is_that_of_those_who_left_and_nobody_s_guess() -> None:
    world, chat = clinic(), Shown()
    places = Places(world, chat)
    for serial in range(1, 7):
        perform(world, wrote(serial, serial, conversation=talk(serial)))
    await places.look(at(10))
    for serial in range(1, 4):
        perform(world, ev.TakeAsked(
            at=at(10 + serial), command=f"c{serial}", actor="a", role="operator", operator="orlova",
            request=key(serial),
        ))  # fmt: skip
        await places.look(at(10 + 30 * serial))
    assert chat.told[-1][0] == (talk(4)[-3:], 1, None)
    sitting(of=world, ivanov="available")
    world.apply([])
    await places.look(at(100))
    assert [one for one in chat.told[-1] if one[1]] == [
        (talk(4)[-3:], 1, 30), (talk(5)[-3:], 2, 60), (talk(6)[-3:], 3, 90)
    ]
    assert {request.owner for request in world.all(Request)} == {"orlova", None}
