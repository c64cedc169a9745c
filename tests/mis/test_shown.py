"""What is shown is written down first, in one transaction for all of it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from mis.client import Asker
from mis.shown import Shown
from okno.audit import AuditTrail, verify
from okno.database import DatabaseDown
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

ASKER = Asker(actor="orlova", role="operator", purpose="call", request=uuid4())


async def test_one_entry_each_and_the_chain_holds(database: OpenDatabase, keyring: Keyring) -> None:
    db, sealer = await database("mis"), keyring.sealer("mis")
    shown = Shown(db, sealer)
    await shown.each(ASKER, "card.show", ["1", "2"], {"by": "phone"})
    await shown.each(ASKER, "patient.search", [])
    rows = await AuditTrail(db, sealer).page(request=ASKER.request)
    assert [(row.action, row.subject, row.details) for row in reversed(rows)] == [
        ("card.show", "1", {"role": "operator", "by": "phone"}),
        ("card.show", "2", {"role": "operator", "by": "phone"}),
        ("patient.search", None, {"role": "operator"}),
    ]
    assert await verify(db, sealer) is None
    with pytest.raises(ZeroDivisionError):
        async with shown.writing() as connection:
            await shown.note(connection, ASKER, "card.show", "3")
            raise ZeroDivisionError
    assert len(await AuditTrail(db, sealer).page()) == 3
    assert shown.blinded("a") == shown.blinded("a") != shown.blinded("b")
    await db.close()
    with pytest.raises(DatabaseDown):
        await shown.each(ASKER, "card.show", ["1"])
