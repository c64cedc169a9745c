"""Versions in the table: each once, after its base, by the leader alone, with its line of audit; nothing readable."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from engine.store.codec import Codec
from engine.store.directory import Directories, NoSuchVersion, Stale, Wish
from engine.store.lease import LeaseLost
from okno.audit import AuditMissing, AuditTrail, verify
from okno.database import Database
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

TEXT = '{"operators":[{"name":"secretova"}]}'


@pytest_asyncio.fixture
async def led(database: OpenDatabase) -> Database:
    """The engine's database, led in epoch 1."""
    made = await database("engine")
    await made.execute("UPDATE lease SET epoch = 1")
    return made


@pytest.fixture
def store(led: Database, keyring: Keyring) -> Directories:
    """The table."""
    sealer = keyring.sealer("engine")
    return Directories(led, Codec(sealer), AuditTrail(led, sealer))


def wish(base: int, **more: object) -> Wish:
    """A version after `base`."""
    return Wish(**{"base": base, "text": TEXT, "actor": "admin", "source": "page", "note": "whyever"} | more)  # type: ignore[arg-type]


async def test_versions_follow_each_other_and_are_read_back(store: Directories) -> None:
    assert await store.newest() is None and await store.imported() is None
    await store.add(1, wish(0, source="yaml", actor="system", note=""))
    await store.add(1, wish(1, text='{"second":1}'))
    head = await store.add(1, wish(2, source="undo", restored=1))
    newest = await store.newest()
    assert newest is not None and newest.head == head and newest.text == TEXT
    assert (head.version, head.restored, head.note) == (3, 1, "whyever")
    imported = await store.imported()
    assert imported is not None and imported.head.version == 1
    assert [one.version for one in await store.heads(None, 2)] == [3, 2]
    assert [one.version for one in await store.heads(2, 9)] == [1]
    assert (await store.of(2)).text == '{"second":1}'
    with pytest.raises(NoSuchVersion):
        await store.of(4)


async def test_of_many_at_once_one_is_written(store: Directories) -> None:
    tries = await asyncio.gather(*(store.add(1, wish(0)) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, Stale) and one.newest == 1 for one in tries) == 5
    assert len(await store.heads(None, 9)) == 1


async def test_a_leader_of_the_past_writes_nothing(store: Directories, led: Database) -> None:
    await led.execute("UPDATE lease SET epoch = 2")
    with pytest.raises(LeaseLost):
        await store.add(1, wish(0))
    assert await store.newest() is None
    assert await led.fetchval("SELECT count(*) FROM audit") == 0


async def test_the_audit_is_written_with_it_or_neither_is(
    store: Directories, led: Database, keyring: Keyring
) -> None:
    await store.add(1, wish(0, details={"diff": ["x"]}))
    row = (await AuditTrail(led, keyring.sealer("engine")).page())[0]
    assert (row.actor, row.action, row.details) == (
        "admin", "directory.change", {"version": 1, "restored": None, "diff": ["x"]}
    )
    assert await verify(led, keyring.sealer("engine")) is None

    class Gone(AuditTrail):
        """An audit whose table was tampered with."""

        async def append(self, *_: object, **__: object) -> int:
            """Refuse."""
            raise AuditMissing

    sealer = keyring.sealer("engine")
    with pytest.raises(AuditMissing):
        await Directories(led, Codec(sealer), Gone(led, sealer)).add(1, wish(1))
    assert len(await store.heads(None, 9)) == 1


async def test_nothing_of_it_is_readable_in_the_table(store: Directories, led: Database) -> None:
    await store.add(1, wish(0))
    row = await led.fetchrow("SELECT * FROM directory")
    assert row is not None
    assert b"secretova" not in bytes(row["document"]) and b"whyever" not in bytes(row["note"])
