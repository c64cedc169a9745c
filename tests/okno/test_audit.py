"""The audit: append-only, chained, and `verify` names the first bad row whatever was done to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from okno import audit
from okno.audit import AuditTrail, verify
from okno.database import Connection, Database, DatabaseDown
from okno.logs import scrub
from okno.seal import Keyring, Sealer
from tests.fixtures import OpenDatabase

REQUEST = UUID("01a1fc5e-49bb-7b94-88aa-17e5a7de1d40")


@pytest_asyncio.fixture
async def db(database: OpenDatabase) -> Database:
    return await database()


@pytest.fixture
def sealer(keyring: Keyring) -> Sealer:
    return keyring.sealer("engine")


@pytest.fixture
def trail(db: Database, sealer: Sealer) -> AuditTrail:
    return AuditTrail(db, sealer)


async def fill(trail: AuditTrail, rows: int = 6) -> None:
    for number in range(1, rows + 1):
        assert (
            await trail.append("orlova", "card.show", f"patient:{number}", "call", REQUEST, {"fields": ["name"]})
            == number
        )


async def test_entries_come_back_as_they_were(trail: AuditTrail) -> None:
    await fill(trail, 2)
    await trail.append("system", "start", None, "service")
    last, second, _ = await trail.page()
    assert (last.id, last.actor, last.subject, last.request, last.details) == (3, "system", None, None, {})
    assert (second.id, second.subject, second.request, second.details) == (
        2,
        "patient:2",
        REQUEST,
        {"fields": ["name"]},
    )


async def test_pages_by_subject_actor_request_and_cursor(trail: AuditTrail) -> None:
    await fill(trail)
    await trail.append("petrov", "search", "patient:2", "call", uuid4(), {})
    assert [row.id for row in await trail.page(subject="patient:2")] == [7, 2]
    assert [row.id for row in await trail.page(actor="petrov")] == [7]
    assert [row.id for row in await trail.page(request=REQUEST, limit=2)] == [6, 5]
    assert [row.id for row in await trail.page(before=5, limit=3)] == [4, 3, 2]


async def test_nothing_clear_in_the_table(trail: AuditTrail, db: Database) -> None:
    await trail.append("orlova", "card.show", "+79990001122", "call", None, {"name": "Щукоедов"})
    dump = await db.fetchval("SELECT string_agg(audit::text, ' ') FROM audit")
    raw = await db.fetchrow("SELECT subject, subject_blind, details FROM audit")
    assert raw is not None
    assert "79990001122" not in dump and "Щукоедов" not in dump
    assert all(b"79990001122" not in value and "Щукоедов".encode() not in value for value in raw.values())


async def test_a_whole_chain_verifies(
    trail: AuditTrail, db: Database, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await verify(db, sealer) is None
    await fill(trail, 7)
    monkeypatch.setattr(audit, "_PAGE", 3)
    assert await verify(db, sealer) is None
    monkeypatch.setattr(audit, "_PAGE", 7)
    assert await verify(db, sealer) is None


_MIDDLE = "at, actor, action, subject, subject_blind, purpose, request, details"
Tamper = Callable[[Connection], Awaitable[object]]


async def update(connection: Connection) -> object:
    return await connection.execute("UPDATE audit SET actor = 'nobody' WHERE id = 3")


async def delete(connection: Connection) -> object:
    return await connection.execute("DELETE FROM audit WHERE id = 3")


async def delete_first(connection: Connection) -> object:
    return await connection.execute("DELETE FROM audit WHERE id = 1")


async def insert(connection: Connection) -> object:
    return await connection.execute(
        f"INSERT INTO audit SELECT 7, {_MIDDLE}, hash, decode('00', 'hex')"  # noqa: S608
        " FROM audit WHERE id = 6"
    )


async def reorder(connection: Connection) -> object:
    await connection.execute("UPDATE audit SET id = -2 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 4")
    return await connection.execute("UPDATE audit SET id = 4 WHERE id = -2")


async def cut_tail(connection: Connection) -> object:
    return await connection.execute("DELETE FROM audit WHERE id >= 5")


async def swap_subjects(connection: Connection) -> object:
    return await connection.execute(
        "UPDATE audit a SET subject_blind = b.subject_blind FROM audit b WHERE a.id = 2 AND b.id = 3"
    )


async def lose_head(connection: Connection) -> object:
    return await connection.execute("DELETE FROM audit_head")


async def negative(connection: Connection) -> object:
    return await connection.execute(
        f"INSERT INTO audit SELECT -5, {_MIDDLE}, previous, decode('01', 'hex')"  # noqa: S608
        " FROM audit WHERE id = 1"
    )


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        (update, 3),
        (delete, 3),
        (delete_first, 1),
        (insert, 7),
        (reorder, 2),
        (cut_tail, 5),
        (swap_subjects, 2),
        (lose_head, 7),
        (negative, -5),
    ],
)
async def test_a_superuser_is_found_out(
    trail: AuditTrail, db: Database, sealer: Sealer, tamper: Tamper, first_bad: int
) -> None:
    """One row updated, deleted, inserted, reordered, the tail cut: by a superuser with the triggers off (row 13)."""
    await fill(trail)
    async with db.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await tamper(connection)
    assert await verify(db, sealer) == first_bad


async def test_a_forged_chain_without_the_keyring_is_found_out(
    trail: AuditTrail, db: Database, sealer: Sealer, tmp_path: object
) -> None:
    """Whoever rewrites every later hash with a key of his own does not get through."""
    await fill(trail)
    other = AuditTrail(db, Keyring.create(trail._sealer._keys.path.with_name("other.json")).sealer("engine"))  # type: ignore[attr-defined]
    async with db.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("DELETE FROM audit WHERE id > 3")
        await connection.execute("UPDATE audit_head SET id = 3, hash = (SELECT hash FROM audit WHERE id = 3)")
        for _ in range(3):
            await other.append("nobody", "nothing", None, "forged", connection=connection)
    assert await verify(db, sealer) == 4


async def test_an_old_head_restored_with_its_tail_is_found_by_the_anchor(
    trail: AuditTrail, db: Database, sealer: Sealer
) -> None:
    await fill(trail, 3)
    early = await trail.head()
    await trail.append("orlova", "card.show", "x", "call")
    anchor = await trail.head()
    assert (
        anchor[0] == 4
        and await verify(db, sealer, anchor=anchor) is None
        and await verify(db, sealer, anchor=early) is None
    )
    async with db.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("DELETE FROM audit WHERE id = 4")
        await connection.execute("UPDATE audit_head SET id = 3, hash = (SELECT hash FROM audit WHERE id = 3)")
    assert await verify(db, sealer) is None  # the chain alone cannot know
    assert await verify(db, sealer, anchor=anchor) == 4
    assert await verify(db, sealer, anchor=(2, "00")) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
    ],
)
async def test_the_app_cannot_change_or_remove(trail: AuditTrail, db: Database, statement: str) -> None:
    await fill(trail, 1)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.execute(statement)


async def test_fifty_at_once_make_one_chain(trail: AuditTrail, db: Database, sealer: Sealer) -> None:
    numbers = await asyncio.gather(*(trail.append("a", "b", str(number), "c") for number in range(50)))
    assert sorted(numbers) == list(range(1, 51))
    assert await verify(db, sealer) is None


async def test_in_the_callers_transaction_it_is_there_or_not_with_the_rest(
    trail: AuditTrail, db: Database, sealer: Sealer
) -> None:
    async with db.acquire() as connection:
        with pytest.raises(RuntimeError):
            async with connection.transaction():
                await trail.append("a", "b", None, "c", connection=connection)
                raise RuntimeError
        async with connection.transaction():
            assert await trail.append("a", "b", None, "c", connection=connection) == 1
    assert await verify(db, sealer) is None


async def test_without_a_head_or_a_database_nothing_can_be_audited(trail: AuditTrail, db: Database) -> None:
    async with db.acquire() as connection:
        await connection.execute(
            "SET session_replication_role = replica; DELETE FROM audit_head; RESET session_replication_role"
        )
    with pytest.raises(audit.AuditMissing):
        await trail.append("a", "b", None, "c")
    with pytest.raises(audit.AuditMissing):
        await trail.head()
    await db.close()
    with pytest.raises(DatabaseDown):
        await trail.append("a", "b", None, "c")


async def test_the_head_is_logged_each_hour_and_no_log_scrubs_it(
    trail: AuditTrail, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_ANCHOR_S", 0.01)
    caplog.set_level("INFO", "okno.audit")
    await fill(trail, 2)
    task = asyncio.create_task(trail.anchor())
    while len(caplog.records) < 2:
        await asyncio.sleep(0.01)
    task.cancel()
    record = caplog.records[-1]
    assert (record.message, record.__dict__["seq"], record.__dict__["hash"]) == ("audit_head", *await trail.head())
    assert scrub(record.__dict__["hash"]) == record.__dict__["hash"]
