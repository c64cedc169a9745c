"""What operators said of a number."""

from __future__ import annotations

from mis.finding import Links
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.finding.family import OTHER, PHONE


async def test_the_last_word_counts_and_nothing_is_readable(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("mis")
    links = Links(db, keyring.sealer("mis"), "acme")
    async with db.acquire() as connection:
        await links.say(PHONE, "mother", "confirmed", "orlova", connection)
        await links.say(PHONE, "child", "disowned", "orlova", connection)
        await links.say(PHONE, "mother", "disowned", "petrova", connection)
        await links.say(PHONE, "child", "confirmed", "petrova", connection)
    assert await links.of(PHONE) == {"mother": "disowned", "child": "confirmed"}
    assert await links.of(OTHER) == {} and await Links(db, keyring.sealer("mis"), "another").of(PHONE) == {}
    dump = str([dict(row) for row in await db.fetch("SELECT * FROM patient_links")])
    assert "mother" not in dump and PHONE[1:] not in dump
    await db.execute("UPDATE patient_links SET patient = set_byte(patient, 20, (get_byte(patient, 20) + 1) % 256)")
    assert await links.of(PHONE) == {}
