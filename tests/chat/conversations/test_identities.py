"""Persons as channels know them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest_asyncio

from chat.conversations.identities import Identities, Identity
from chat.conversations.sealing import Seals
from chat.wire import Peer
from okno import clock
from okno.database import Database
from okno.seal import Keyring
from tests.chat.clinic import ANNA, KEY
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def db(database: OpenDatabase) -> Database:
    return await database("chat")


async def known(db: Database, keyring: Keyring, peer: Peer, account: str = KEY) -> Identity:
    async with db.acquire() as connection, connection.transaction():
        return await Identities(Seals(keyring.sealer("chat"))).known(connection, account, peer, clock.now())


async def test_one_person_of_an_account_is_one_whoever_meets_him_at_once(db: Database, keyring: Keyring) -> None:
    found = await asyncio.gather(*(known(db, keyring, ANNA) for _ in range(8)))
    assert len({one.id for one in found}) == 1
    assert (await known(db, keyring, ANNA, "echo:other")).id != found[0].id


async def test_what_is_left_out_stays_and_what_is_said_anew_holds(db: Database, keyring: Keyring) -> None:
    await known(db, keyring, replace(ANNA, username="anna", phone="+79990001873", verified=True))
    now = await known(db, keyring, Peer(ext_user=ANNA.ext_user, name="Anna Petrova"))
    assert (now.peer.name, now.peer.username, now.peer.phone, now.peer.verified) == (
        "Anna Petrova", "anna", "+79990001873", True,
    )  # fmt: skip
    assert not now.numbered


async def test_another_number_is_vouched_for_anew(db: Database, keyring: Keyring) -> None:
    assert (await known(db, keyring, replace(ANNA, phone="+79990001873", verified=True))).numbered
    same = await known(db, keyring, replace(ANNA, phone="+79990001873"))
    assert (same.peer.verified, same.numbered) == (True, False)
    other = await known(db, keyring, replace(ANNA, phone="+79990001874"))
    assert (other.peer.verified, other.numbered) == (False, True)
