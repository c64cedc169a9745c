"""Contacts by number and by name, in a real PostgreSQL: found by any word, readable by nobody without the keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from engine.store import opening
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.people.contacts import Contacts
from engine.store.saving import TurnStore
from engine.world import Call, Contact, ContactName, ContactPoint, Drop, Leg, Put, Request
from okno import names
from okno.database import Database
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

T = datetime(2026, 11, 21, tzinfo=UTC)
NAMES = {"+79990001873": "Семёнова Мария Петровна", "+79990001874": "Семенов Пётр", "+79990021873": "Smith-Jones Ann"}


async def named(database: Database, codec: Codec, given: dict[str, str]) -> dict[str, str]:
    """Contacts with these names; their ids by number."""
    await database.execute("UPDATE lease SET epoch = 1")
    contacts, batch = Contacts(database, codec), Batch()
    found = {}
    for phone, name in given.items():
        found[phone] = (await contacts.of(phone, T)).id
        changes = [Put(ContactName(key=found[phone], name=name, actor="desk7", at=T)), Drop(ContactName, found[phone])]
        batch.add(changes, ())
    turn = await database.fetchval("SELECT turn FROM lease")
    await TurnStore(database, codec).save(1, turn + 1, batch)
    return found


@pytest.mark.parametrize("typed", ["семёнова", "СЕМЕНОВА", "ctv`yjdf", "мария", "петровна семенова", "Vfhbz", "семенова мария "])
async def test_any_word_finds_her(database: OpenDatabase, keyring: Keyring, typed: str) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    ids = await named(one, codec, NAMES)
    found = await Contacts(one, codec).named(names.readings(typed), 20)
    assert [(known.id, known.name, known.phone) for known in found] == [
        (ids["+79990001873"], NAMES["+79990001873"], "+79990001873")
    ]


async def test_only_whole_words_and_all_of_them(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    await named(one, codec, NAMES)
    contacts = Contacts(one, codec)
    for typed in ("семён", "мария петр", "семенова пётр", "марияпетровна", "%", "нет"):
        assert await contacts.named(names.readings(typed), 20) == []
    assert len(await contacts.named(names.readings("jones"), 20)) == 1
    assert len(await contacts.named(names.readings("ошибка ыьшер"), 20)) == 0
    assert len(await contacts.ending_in("1873", 20)) == 2 and len(await contacts.ending_in("1873", 1)) == 1
    assert [known.name for known in await contacts.with_phone("+79990001874")] == ["Семенов Пётр"]
    assert await contacts.with_phone("+79990001875") == []


async def test_a_new_name_replaces_the_old_one_and_an_empty_one_takes_it_back(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    contacts, phone = Contacts(one, codec), "+79990001873"
    await named(one, codec, {phone: "Иванова"})
    await named(one, codec, {phone: "Петрова"})
    assert await contacts.named(names.readings("Иванова"), 20) == []
    assert (await contacts.of(phone, T + timedelta(days=1))).name == "Петрова"
    await named(one, codec, {phone: ""})
    assert await contacts.named(names.readings("Петрова"), 20) == []
    assert (await contacts.of(phone, T)).name == ""


async def test_no_name_is_readable_in_the_table(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    await named(one, codec, NAMES)
    dump = str(await one.fetchval("SELECT string_agg(t::text, '') FROM contact_names t"))
    raw = b"".join(row["name"] + b"".join(row["name_words"]) for row in await one.fetch("SELECT * FROM contact_names"))
    for word in {word for name in NAMES.values() for word in (*name.split(), *names.words(name))}:
        assert word not in dump and word.encode() not in raw and word.encode().hex() not in dump
    # The same word has the same index and another key another one: equality is all that shows.
    other = Codec(Keyring.create(keyring.path.with_name("other.keys")).sealer("engine"))
    assert codec.blind_words(["мария"]) == codec.blind_words(["мария"]) != other.blind_words(["мария"])


async def test_whose_the_open_requests_are_is_known_again_after_a_restart(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    ids = await named(one, codec, NAMES)
    phone = "+79990001873"
    batch = Batch()
    for number, still_open in enumerate((True, False), 1):
        request = Request(key=str(uuid4()), year=2026, number=number, kind="callback", status="queued", created_at=T,
                          since=T, phone=list(NAMES)[number - 1], contact=ids[list(NAMES)[number - 1]])  # fmt: skip
        batch.add([Put(request), *([] if still_open else [Drop(Request, request.key)])], ())
    turn = await one.fetchval("SELECT turn FROM lease")
    await TurnStore(one, codec).save(1, turn + 1, batch)
    world = await opening.open_world(one, codec)
    assert [one for one in world if isinstance(one, Contact)] == [Contact(key=ids[phone], phone=phone, name=NAMES[phone])]


async def test_who_talked_with_him_last_is_found(database: OpenDatabase, keyring: Keyring) -> None:
    """Not who was only rung, not who talked in an earlier call, nobody when nobody did."""
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    phone, batch = "+79990001873", Batch()

    def leg(operator: str, minutes: int | None) -> Leg:
        talked = None if minutes is None else T + timedelta(minutes=minutes)
        return Leg(operator=operator, channel="x", rang_at=T, answered_at=talked)

    for number, legs in enumerate(([leg("ivanov", 1)], [leg("orlova", 62), leg("petrova", 65), leg("ivanov", None)], [])):
        batch.add([Put(Call(
            key=str(uuid4()), pbx="main", direction="inbound", channel=f"1.{number}", phone=phone,
            started_at=T + timedelta(hours=number), legs=tuple(legs),
        ))], ())  # fmt: skip
    await one.execute("UPDATE lease SET epoch = 1")
    await TurnStore(one, codec).save(1, 1, batch)
    contacts = Contacts(one, codec)
    assert (await contacts.of(phone, T)).last_operator == "petrova"
    assert (await contacts.of("+79990001874", T)).last_operator == ""


async def pointed(database: Database, codec: Codec, contact: str, phone: str, at: datetime) -> None:
    """An operator says that the number is this contact's too."""
    await database.execute("UPDATE lease SET epoch = 1")
    batch, key = Batch(), str(uuid4())
    batch.add([Put(ContactPoint(key=key, contact=contact, phone=phone, actor="desk7", at=at)), Drop(ContactPoint, key)], ())
    turn = await database.fetchval("SELECT turn FROM lease")
    await TurnStore(database, codec).save(1, turn + 1, batch)


async def test_a_contact_has_several_numbers_and_each_number_one_contact(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    contacts, first, second = Contacts(one, codec), "+79990001873", "+79990001874"
    ids = await named(one, codec, {first: "Семёнова", second: "Семенов"})
    assert (await contacts.of(first, T)).phones == ()
    await pointed(one, codec, ids[first], second, T)
    known = await contacts.of(second, T)
    assert (known.id, known.phone, known.phones, known.name) == (ids[first], second, (first,), "Семёнова")
    assert (await contacts.of(first, T)).phones == (second,)
    assert await contacts.of_many([first, second], T) == {first: ids[first], second: ids[first]}
    assert [found.id for found in await contacts.with_phone(second)] == [ids[first]]
    assert [found.id for found in await contacts.ending_in("1874", 20)] == [ids[first]]
    # The newest word holds: it was hers after all.
    await pointed(one, codec, ids[second], second, T + timedelta(seconds=1))
    assert (await contacts.of(second, T)).id == ids[second] and (await contacts.of(first, T)).phones == ()
    assert [found.id for found in await contacts.ending_in("1874", 20)] == [ids[second]]


async def test_a_contact_of_an_open_request_comes_back_with_all_his_numbers(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    ids = await named(one, codec, {"+79990001873": "Семёнова"})
    await pointed(one, codec, ids["+79990001873"], "+79990001874", T)
    request = Request(
        key=str(uuid4()), year=2026, number=1, kind="missed_call", status="queued", phone="+79990001874",
        contact=ids["+79990001873"], created_at=T, since=T,
    )  # fmt: skip
    batch = Batch()
    batch.add([Put(request)], ())
    turn = await one.fetchval("SELECT turn FROM lease")
    await TurnStore(one, codec).save(1, turn + 1, batch)
    (contact,) = [entity for entity in await opening.open_world(one, codec) if isinstance(entity, Contact)]
    assert (contact.phone, contact.phones) == ("+79990001873", ("+79990001874",))
    dump = str(await one.fetchval("SELECT string_agg(t::text, '') FROM contact_points t"))
    assert "79990001874" not in dump and b"79990001874".hex() not in dump
