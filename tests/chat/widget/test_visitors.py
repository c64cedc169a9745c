"""Visitors are known by a token's hash; what they said is sealed; an address has its bounds."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chat.conversations.sealing import Seals
from chat.widget import rules
from chat.widget.visitors import Person, TooMany, Visitors, new_token
from okno import clock
from okno.database import Database
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

ANNA = Person(name="Anna Secret", phone="+79990004418", consent={"version": "1"}, entry={"page": "https://clinic.example/"})


def made(database: Database, keyring: Keyring) -> Visitors:
    """The store."""
    own = keyring.sealer("chat")
    return Visitors(database, own, Seals(own))


async def test_a_token_finds_its_visitor_on_his_site_only(database: OpenDatabase, keyring: Keyring) -> None:
    visitors = made(await database("chat"), keyring)
    token = new_token()
    assert re.fullmatch(r"[\w-]{22}", token)
    assert await visitors.find(token) is None
    one = await visitors.start(token, "clinic", ANNA, address="192.0.2.1")
    assert await visitors.find(token) == one == await visitors.find(token, "clinic")
    assert one.account == "widget:clinic"
    assert await visitors.find(token, "other") is None
    for wrong in ("", token[:-1], token + "A", "' OR 1=1 --", new_token()):
        assert await visitors.find(wrong) is None


async def test_neither_token_nor_person_stands_in_the_table(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    token = new_token()
    await made(db, keyring).start(token, "clinic", ANNA, address="192.0.2.77")
    kept = "\n".join(row["line"] for row in await db.fetch("SELECT v::text AS line FROM widget_visitor v"))
    for word in (token, "Anna", "79990004418", "192.0.2.77", "clinic.example"):
        assert word not in kept
        assert word.encode().hex() not in kept


async def test_he_says_anew_what_changed_and_keeps_the_rest(database: OpenDatabase, keyring: Keyring) -> None:
    visitors, token = made(await database("chat"), keyring), new_token()
    first = await visitors.start(token, "clinic", ANNA, address="192.0.2.1")
    again = await visitors.start(token, "clinic", Person(phone="+79990004419"), address="192.0.2.1")
    assert (again.id, again.peer) == (first.id, first.peer)
    assert (again.person.name, again.person.phone) == ("Anna Secret", "+79990004419")
    assert (await visitors.find(token)) == again


async def test_whom_the_site_vouches_for_is_one_person_in_all_his_browsers(database: OpenDatabase, keyring: Keyring) -> None:
    visitors = made(await database("chat"), keyring)
    one, other = [await visitors.start(new_token(), "clinic", ANNA, address="192.0.2.1", vouched_id="42") for _ in range(2)]
    stranger = await visitors.start(new_token(), "clinic", ANNA, address="192.0.2.1", vouched_id="43")
    elsewhere = await visitors.start(new_token(), "other", ANNA, address="192.0.2.1", vouched_id="42")
    assert one.peer == other.peer
    assert one.id != other.id
    assert one.vouched
    assert len({one.peer, stranger.peer, elsewhere.peer}) == 3
    assert "42" not in (one.peer, one.peer.partition(":")[2])


async def test_whom_the_site_vouches_for_goes_on_with_a_new_token_and_only_he(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    visitors, token = made(db, keyring), new_token()
    assert await visitors.again(token, "clinic", "42", "192.0.2.1") is None
    first = await visitors.start(new_token(), "clinic", ANNA, address="192.0.2.1", vouched_id="42")
    for _ in range(rules.VISITORS_PER_ADDRESS + 1):
        again = await visitors.again(token := new_token(), "clinic", "42", "192.0.2.1")
    assert again is not None
    assert (again.peer, again.person) == (first.peer, ANNA)
    assert await visitors.find(token) == again
    assert await visitors.again(new_token(), "clinic", "43", "192.0.2.1") is None
    assert await visitors.again(new_token(), "other", "42", "192.0.2.1") is None
    await db.execute("UPDATE widget_visitor SET expires_at = now() - interval '1 second'")
    assert await visitors.find(token) is None
    assert await visitors.tidy() == rules.VISITORS_PER_ADDRESS + 1
    assert await visitors.again(new_token(), "clinic", "42", "192.0.2.1") is not None, "the newest of his is kept"


async def test_an_address_has_its_bounds_and_its_neighbours_share_them(database: OpenDatabase, keyring: Keyring) -> None:
    visitors = made(await database("chat"), keyring)
    for n in range(rules.CONVERSATIONS_PER_ADDRESS):
        await visitors.began(f"2001:db8:1:1::{n}")
    with pytest.raises(TooMany) as refused:
        await visitors.began("2001:db8:1:1::ffff")
    assert 3500 < refused.value.retry_after_s <= 3600
    await visitors.began("2001:db8:1:2::1")
    for _ in range(rules.VISITORS_PER_ADDRESS):
        await visitors.start(new_token(), "clinic", ANNA, address="192.0.2.9")
    with pytest.raises(TooMany):
        await visitors.start(new_token(), "clinic", ANNA, address="192.0.2.9")
    await visitors.start(new_token(), "clinic", ANNA, address="192.0.2.10")


async def test_messages_are_bounded_for_each_visitor(database: OpenDatabase, keyring: Keyring) -> None:
    visitors = made(await database("chat"), keyring)
    one = await visitors.start(new_token(), "clinic", ANNA, address="192.0.2.1")
    other = await visitors.start(new_token(), "clinic", ANNA, address="192.0.2.1")
    waits = [await visitors.spend(one.id) for _ in range(rules.PER_QUICK + 3)]
    assert waits[: rules.PER_QUICK] == [0.0] * rules.PER_QUICK
    assert any(waits[rules.PER_QUICK :])
    assert await visitors.spend(other.id) == 0.0


async def test_who_stays_away_is_forgotten(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    visitors, old, new = made(db, keyring), new_token(), new_token()
    await visitors.start(old, "clinic", ANNA, address="192.0.2.1")
    await visitors.start(new, "clinic", ANNA, address="192.0.2.1")
    await visitors.began("192.0.2.1")
    await db.execute("UPDATE widget_visitor SET expires_at = $1 WHERE token <> $2", clock.now() - timedelta(seconds=1), b"")
    await db.execute("UPDATE widget_began SET at = at - interval '2 hours'")
    assert await visitors.find(old) is None
    assert await visitors.tidy() == 2
    assert await db.fetchval("SELECT count(*) FROM widget_began") == 0


async def test_who_comes_again_is_kept_for_half_a_year_more(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    visitors, token = made(db, keyring), new_token()
    await visitors.start(token, "clinic", ANNA, address="192.0.2.1")
    await db.execute("UPDATE widget_visitor SET seen_at = seen_at - interval '2 days', expires_at = now() + interval '1 day'")
    await visitors.find(token)
    assert await db.fetchval("SELECT expires_at FROM widget_visitor") > clock.now() + timedelta(days=179)
