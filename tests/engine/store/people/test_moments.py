"""Which moments are whose, whoever's number they came from."""

from __future__ import annotations

from uuid import UUID

from engine.store.people.moments import Moments, Whose
from okno.seal import Keyring
from tests.engine.asking.people.town import IVANOVA, SEMENOV, town
from tests.fixtures import OpenDatabase


async def test_his_number_s_his_linked_ones_and_what_is_in_hand(database: OpenDatabase, keyring: Keyring) -> None:
    place = town(await database("engine"), keyring)
    contact = await place.named(IVANOVA, "Ivanova")
    his, other, hidden, own = place.call(IVANOVA, 1), place.call(SEMENOV, 2), place.call("", 3), place.call("", 4)
    linked = place.request("", 3, contact=contact, kind="form", calls=(hidden.key,))
    by_call = place.request(IVANOVA, 5, kind="missed_call", calls=(his.key,))
    place.note(linked, "one")
    place.note(linked, "Ivanova", "named")
    await place.settled()
    moments, whose = Moments(place.database, place.codec), Whose(IVANOVA, contact, (own.key,))
    assert await moments.calls(whose, None, 50) == [own.key, hidden.key, his.key]
    assert await moments.calls(whose, None, 2) == [own.key, hidden.key]
    assert await moments.calls(whose, (hidden.started_at, UUID(hidden.key)), 50) == [his.key]
    assert await moments.calls(Whose("", None), None, 50) == []
    assert await moments.requests(whose, None, 50) == [linked.key]
    assert other.key not in await moments.calls(whose, None, 50) and by_call.key not in await moments.requests(whose, None, 50)
    assert [entry.note for entry in await moments.notes([linked.key, by_call.key])] == ["one"]



async def test_all_his_numbers_are_his_past(database: OpenDatabase, keyring: Keyring) -> None:
    place = town(await database("engine"), keyring)
    contact = await place.named(IVANOVA, "Ivanova")
    one, two = place.call(IVANOVA, 1), place.call(SEMENOV, 2)
    await place.settled()
    moments = Moments(place.database, place.codec)
    assert await moments.calls(Whose(IVANOVA, contact, phones=(SEMENOV,)), None, 50) == [two.key, one.key]
    assert await moments.calls(Whose(IVANOVA, contact), None, 50) == [one.key]
