"""One mail by itself to one address in a day."""

from __future__ import annotations

from uuid import uuid4

from chat.mail.outgoing.automatic import Automatic
from okno.seal import Keyring
from tests.fixtures import OpenDatabase


async def test_one_a_day_and_the_same_one_again(database: OpenDatabase, keyring: Keyring) -> None:
    opened = await database("chat")
    one, first, second = Automatic(opened, keyring.sealer("chat")), str(uuid4()), str(uuid4())
    assert await one.may("Anna@patients.example", first) and await one.may("anna@patients.example", first)
    assert not await one.may("anna@patients.example", second)
    assert await one.may("boris@patients.example", second)
    await opened.execute("UPDATE mail_automatic SET at = at - interval '25 hours'")
    assert await one.may("anna@patients.example", second)
    assert b"anna" not in await opened.fetchval("SELECT address_blind FROM mail_automatic LIMIT 1")
