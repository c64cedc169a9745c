"""The look-up cache in a real database: sealed, without names, forgotten in time."""

from __future__ import annotations

from datetime import timedelta

from mis.finding.lookups import KEPT, NOBODY, Lookups
from okno.database import Database
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.finding.family import DEAD, MOTHER, OTHER, PHONE, VIP


async def _aged(database: Database, by: timedelta) -> None:
    await database.execute("UPDATE lookups SET at = at - $1::interval", by)


async def test_ids_are_kept_and_names_are_not(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("mis")
    lookups = Lookups(db, keyring.sealer("mis"), "acme")
    await lookups.keep(PHONE, (MOTHER, DEAD, VIP), False)
    known = await lookups.known(PHONE)
    assert known is not None and not known.complete
    assert [(one.id, one.name, one.born, one.deceased, one.restricted) for one in known.people] == [
        ("mother", "", None, False, False), ("dead", "", None, True, False), ("vip", "", None, False, True),
    ]  # fmt: skip
    assert await lookups.known(OTHER) is None
    assert await Lookups(db, keyring.sealer("mis"), "another").known(PHONE) is None
    row = await db.fetchrow("SELECT * FROM lookups")
    assert row is not None
    for clear in (b"mother", PHONE.encode(), PHONE[2:].encode(), MOTHER.name.encode()):
        assert clear not in row["phone"] and clear not in row["found"]


async def test_it_is_forgotten_after_a_day_and_nobody_after_a_minute(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("mis")
    lookups = Lookups(db, keyring.sealer("mis"), "acme")
    await lookups.keep(PHONE, (MOTHER,), True)
    await lookups.keep(OTHER, (), True)
    assert (await lookups.known(OTHER)) is not None
    await _aged(db, NOBODY)
    assert await lookups.known(OTHER) is None and await lookups.known(PHONE) is not None
    assert await lookups.tidy() == 0
    await _aged(db, KEPT)
    assert await lookups.known(PHONE) is None
    assert await lookups.tidy() == 2


async def test_what_another_keyring_sealed_is_as_if_not_there(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("mis")
    lookups = Lookups(db, keyring.sealer("mis"), "acme")
    await lookups.keep(PHONE, (MOTHER,), True)
    await db.execute("UPDATE lookups SET found = set_byte(found, 20, (get_byte(found, 20) + 1) % 256)")
    assert await lookups.known(PHONE) is None
