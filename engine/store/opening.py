"""What the engine knew when it last wrote: the open world, and the answers it gave lately."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from engine.effects import AnswerCommand
from engine.store.codec import Codec
from engine.store.people.contacts import EARLIER, FURTHER, numbers
from engine.store.tables import CALLS, TABLES
from engine.world import Contact, Entity
from okno.database import Database

# A person who sees no answer presses again within minutes, not hours.
ANSWERS_KEPT = "1 hour"
# Contacts are kept beside the world, not in it; those of open requests are found and named in memory.
_CONTACTS = f"""
    SELECT contacts.id, contacts.phone, contact_names.name, {EARLIER}
    FROM contacts LEFT JOIN contact_names USING (id)
    WHERE contacts.id IN (SELECT contact FROM requests WHERE requests.open)
"""  # noqa: S608  # the words of a query are ours


async def open_world(database: Database, codec: Codec) -> list[Entity]:
    """Return every entity of the open world, as it was after the last turn written, and whose its requests are.

    Raises:
        DatabaseDown: away.
        SealBroken: a row was tampered with, or the keyring is not the one it was sealed with.
    """
    entities: list[Entity] = []
    async with database.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        legs: dict[Any, list[Any]] = defaultdict(list)
        for row in await connection.fetch(
            "SELECT legs.* FROM legs JOIN calls ON calls.id = legs.call WHERE calls.open ORDER BY call, position"
        ):
            legs[row["call"]].append(row)
        visits: dict[Any, list[Any]] = defaultdict(list)
        for row in await connection.fetch(
            "SELECT visits.* FROM visits JOIN calls ON calls.id = visits.call WHERE calls.open ORDER BY call, position"
        ):
            visits[row["call"]].append(row)
        for table in TABLES:
            for row in await connection.fetch(f"SELECT * FROM {table.name} WHERE open"):  # noqa: S608  # names are ours
                parts = (legs[row["id"]], visits[row["id"]]) if table is CALLS else ()
                entities.append(codec.decode(table, row, *parts))
        known = await connection.fetch(_CONTACTS)
        further = numbers(codec, await connection.fetch(FURTHER, [row["id"] for row in known]))
        for row in known:
            key = str(row["id"])
            phone = codec.open(row["phone"], "contacts", "phone", key)
            name = codec.open(row["name"], "contact_names", "name", key)
            phones = tuple(sorted(further.get(key, set()) - {phone}))
            entities.append(Contact(key=key, phone=phone, earlier=row["earlier"], name=name, phones=phones))
    return entities


async def answers(database: Database) -> list[AnswerCommand]:
    """Return what was answered to the commands of the last hour; forgets what is a day old. Raises DatabaseDown."""
    await database.execute("DELETE FROM commands WHERE at < now() - interval '1 day'")
    rows = await database.fetch(
        f"SELECT * FROM commands WHERE at > now() - interval '{ANSWERS_KEPT}' ORDER BY at"  # noqa: S608
    )
    return [
        AnswerCommand(
            command=row["id"], ok=row["ok"], why=row["why"], by=row["by"],
            request=row["request"] and str(row["request"]),
        )
        for row in rows
    ]


async def poisoned(database: Database) -> int:
    """Return how many events lie poisoned. Raises DatabaseDown."""
    return int(await database.fetchval("SELECT count(*) FROM poisoned_events"))


