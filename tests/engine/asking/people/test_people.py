"""What only the store knows of an order, in a real PostgreSQL: a join is taken back long after its call is over."""

from __future__ import annotations

from typing import Any

from engine import events as ev
from engine.asking.cards import Cards
from engine.asking.people.people import People
from engine.asking.who import Asked
from engine.effects import FindContact
from engine.live.screens import Screens
from engine.reducer import reduce
from engine.requests.opening import request_of
from engine.store import opening
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.history import History
from engine.store.people.contacts import Contacts
from engine.store.saving import TurnStore
from engine.world import Callback, Request, World
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from okno.settings.model import Clinic
from tests.engine.clinic import at, clinic
from tests.engine.requests.chats.talks import POINT, key, talk_of, wrote
from tests.engine.requests.persons.test_joins import missed
from tests.fixtures import OpenDatabase


async def played(database: Database, codec: Codec, world: World, *events: Any, finds: bool = False) -> World:
    """Reduce these events and write each turn; the open world as an engine would load it.

    `finds`: the store is asked whose a point is, after the turn.
    """
    await database.execute("UPDATE lease SET epoch = 1")
    later = list(events)
    while later:
        waiting, batch, asks = [later.pop(0)], Batch(), []
        while waiting:
            outcome = reduce(world, waiting.pop(0))
            undo = world.apply(outcome.changes)
            batch.add(outcome.changes, outcome.effects, undo)
            asks += [one.phone for one in outcome.effects if isinstance(one, FindContact)]
            waiting += outcome.again
        turn = await database.fetchval("SELECT turn FROM lease")
        await TurnStore(database, codec).save(1, turn + 1, batch)
        for point in asks if finds else ():
            known = await Contacts(database, codec).of(point, at(0))
            later.insert(0, ev.ContactFound(
                at=at(0), phone=point, contact=known.id, earlier=known.earlier, name=known.name, phones=known.phones,
                last_operator=known.last_operator,
            ))  # fmt: skip
    return World(await opening.open_world(database, codec))


async def test_a_join_is_taken_back_by_what_the_history_has(database: OpenDatabase, keyring: Keyring) -> None:
    one, sealer = await database("engine"), keyring.sealer("engine")
    codec = Codec(sealer)
    loaded = await played(one, codec, clinic(), *missed(0), *missed(100, 1))
    (request,) = loaded.all(Request)
    assert (request.missed, len(request.calls), len(request.joined)) == (2, 2, 1)
    history, contacts = History(one, codec), Contacts(one, codec)
    cards = Cards(loaded, history, contacts, Asked(AuditTrail(one, sealer)))
    people = await People.begun(
        cards, history, contacts, keys=sealer, database=one, screens=Screens("1-1"), clinic=Clinic(name="Test")
    )
    order = ev.SplitAsked(
        at=at(200), command="c", actor="boss", role="supervisor", request=request.key, call=request.calls[1]
    )
    known = await people.known(order)
    assert isinstance(known, ev.SplitAsked) and known.moved is not None and known.own is not None
    assert (known.own.key, known.own.outcome, known.own.number) == (request_of(order.call), "joined", 2)
    again = await played(one, codec, loaded, known)
    assert {one.key: (one.calls, one.missed, one.number) for one in again.all(Request)} == {
        request.key: (request.calls[:1], 1, 1), known.own.key: (request.calls[1:], 1, 2),
    }  # fmt: skip
    moved = await history.call(order.call)
    assert moved is not None and moved.request == known.own.key
    assert {callback.key for callback in again.all(Callback)} == {request.key, known.own.key}


async def test_what_is_nowhere_stays_out_of_the_order(database: OpenDatabase, keyring: Keyring) -> None:
    one, sealer = await database("engine"), keyring.sealer("engine")
    codec = Codec(sealer)
    history, contacts = History(one, codec), Contacts(one, codec)
    cards = Cards(World(), history, contacts, Asked(AuditTrail(one, sealer)))
    people = await People.begun(
        cards, history, contacts, keys=sealer, database=one, screens=Screens("1-1"), clinic=Clinic(name="Test")
    )
    nobody = "01a1fc83-0000-7000-8000-0000000000ff"
    order = ev.SplitAsked(at=at(0), command="c", actor="boss", role="supervisor", request=nobody, call=nobody)
    assert await people.known(order) == order


WHO = {"actor": "anna", "role": "operator", "operator": "orlova", "purpose": "card"}


async def test_it_is_he_who_called_and_that_is_taken_back(database: OpenDatabase, keyring: Keyring) -> None:
    """«Это он» and «Разделить»: the past of both is one while they are one person, and two again after."""
    one, sealer = await database("engine"), keyring.sealer("engine")
    codec, world = Codec(sealer), clinic()
    await played(one, codec, world, *missed(0), finds=True)
    (call_request,) = world.all(Request)
    his = await Contacts(one, codec).of(call_request.phone, at(0))
    await played(one, codec, world, wrote(1, 100, name="Маша", phone=call_request.phone), finds=True)
    history, contacts = History(one, codec), Contacts(one, codec)
    cards = Cards(world, history, contacts, Asked(AuditTrail(one, sealer)))
    people = await People.begun(
        cards, history, contacts, keys=sealer, database=one, screens=Screens("1-1"), clinic=Clinic(name="Test")
    )

    async def past() -> tuple[str, str, int, set[str]]:
        card = await cards.card({**WHO, "request": key(1)})
        page = await people.timeline.page({**WHO, "request": key(1)})
        assert "chat:" not in str(card) and "chat:" not in str(page)
        kinds = {one["conversation"]["channel"] if (one := item["request"])["conversation"] else one["kind"]
                 for item in page["items"]}  # fmt: skip
        return card["contact"]["name"], card["contact"]["pretty"], card["contact"]["earlier_calls"], kinds

    assert await past() == ("Маша", "", 0, {"widget"})
    asked = {"at": at(200), "actor": "boss", "role": "supervisor", "request": key(1)}
    link = await people.known(ev.LinkAsked(command="c1", phone=call_request.phone, **asked))
    assert isinstance(link, ev.LinkAsked) and link.contact == his.id
    await played(one, codec, world, link, finds=True)
    name, pretty, earlier, kinds = await past()
    assert (name, earlier, kinds) == ("Маша", 1, {"widget", "missed_call"}) and pretty
    assert {request.contact for request in world.all(Request)} == {his.id}
    unlink = await people.known(ev.UnlinkAsked(command="c2", **(asked | {"at": at(210)})))
    assert isinstance(unlink, ev.UnlinkAsked) and unlink.phone == POINT
    loaded = await played(one, codec, world, unlink, finds=True)
    assert await past() == ("Маша", "", 0, {"widget"})
    whose = {found.contact for world in (loaded, world) if (found := world.get(Request, key(1))) is not None}
    assert whose == {unlink.contact} and unlink.contact != his.id
    assert talk_of(loaded) == talk_of(world)
    again = await people.known(ev.UnlinkAsked(command="c3", **(asked | {"at": at(220)})))
    assert isinstance(again, ev.UnlinkAsked) and again.contact is None


async def test_an_order_about_what_is_no_conversation_is_left_as_it_is(database: OpenDatabase, keyring: Keyring) -> None:
    one, sealer = await database("engine"), keyring.sealer("engine")
    codec, world = Codec(sealer), clinic()
    await played(one, codec, world, *missed(0))
    (request,) = world.all(Request)
    cards = Cards(world, History(one, codec), Contacts(one, codec), Asked(AuditTrail(one, sealer)))
    people = await People.begun(
        cards, History(one, codec), Contacts(one, codec), keys=sealer, database=one, screens=Screens("1-1"),
        clinic=Clinic(name="Test"),
    )  # fmt: skip
    for order in (
        ev.LinkAsked(at=at(1), command="c", actor="a", role="supervisor", request=request.key, phone="+79990000009"),
        ev.UnlinkAsked(at=at(1), command="c", actor="a", role="supervisor", request=request.key),
        ev.UnlinkAsked(at=at(1), command="c", actor="a", role="supervisor", request=key(9)),
    ):
        assert await people.known(order) == order

