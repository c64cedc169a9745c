"""A visitor's files: kept sealed, his alone, given out whole, forgotten."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

import pytest

from chat.conversations.sealing import Seals
from chat.widget import rules
from chat.widget.uploads import TooManyFiles, Uploads
from chat.widget.visitors import Person, Visitors, new_token
from chat.wire import Undelivered
from okno.database import Database
from okno.seal import Keyring
from tests.fixtures import OpenDatabase


async def somebody(database: Database, keyring: Keyring) -> UUID:
    """A visitor."""
    own = keyring.sealer("chat")
    visitors = Visitors(database, own, Seals(own))
    return (await visitors.start(new_token(), "clinic", Person(), address="192.0.2.1")).id


async def read(uploads: Uploads, id: UUID) -> bytes:
    """The whole of a file."""
    return b"".join([piece async for piece in uploads.content(id)])


@pytest.mark.parametrize("size", [0, 1, 512 * 1024, 512 * 1024 + 1, 3 * 1024 * 1024])
async def test_a_file_comes_out_as_it_went_in(database: OpenDatabase, keyring: Keyring, size: int) -> None:
    db = await database("chat")
    uploads, visitor, content = Uploads(db, Seals(keyring.sealer("chat"))), await somebody(db, keyring), os.urandom(size)
    kept = await uploads.keep(visitor, "tooth.png", "image/png", content)
    assert (kept.size, kept.kind) == (size, "image")
    if size:
        assert await read(uploads, kept.id) == content
    else:
        with pytest.raises(Undelivered):
            await read(uploads, kept.id)


async def test_it_is_his_alone_and_sealed(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    uploads = Uploads(db, Seals(keyring.sealer("chat")))
    one, other = await somebody(db, keyring), await somebody(db, keyring)
    kept = await uploads.keep(one, "my-diagnosis.txt", "text/plain", b"canary-word")
    second = await uploads.keep(one, "b.txt", "text/plain", b"x")
    assert [each.name for each in await uploads.of(one, [second.id, kept.id])] == ["b.txt", "my-diagnosis.txt"]
    assert await uploads.of(other, [kept.id]) == []
    rows = await db.fetch("SELECT u::text AS line FROM widget_upload u UNION ALL SELECT c::text FROM widget_upload_chunk c")
    text = "\n".join(row["line"] for row in rows)
    assert b"canary-word".hex() not in text
    assert b"diagnosis".hex() not in text


async def test_an_hour_has_its_bound_and_two_days_end_it(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    uploads, visitor = Uploads(db, Seals(keyring.sealer("chat"))), await somebody(db, keyring)
    for _ in range(rules.UPLOADS_PER_HOUR):
        last = await uploads.keep(visitor, "a.txt", "text/plain", b"x")
    with pytest.raises(TooManyFiles):
        await uploads.keep(visitor, "a.txt", "text/plain", b"x")
    await db.execute("UPDATE widget_upload SET at = at - interval '49 hours' WHERE id <> $1", last.id)
    assert await uploads.tidy() == rules.UPLOADS_PER_HOUR - 1
    assert await read(uploads, last.id) == b"x"


async def test_what_is_gone_has_expired(database: OpenDatabase, keyring: Keyring) -> None:
    uploads = Uploads(await database("chat"), Seals(keyring.sealer("chat")))
    with pytest.raises(Undelivered, match="expired"):
        await read(uploads, uuid4())
