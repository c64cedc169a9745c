"""Files are kept sealed, in chunks, never more than may be, never unpacked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from chat.media.keeping import CHUNK_BYTES, Media, NoFile, TooBig, content_of
from okno import clock
from okno.seal import SealBroken
from tests.chat.sending.bench import Bench

PNG = b"\x89PNG\r\n\x1a\n"
MOST = 3 * CHUNK_BYTES


@pytest_asyncio.fixture
async def media(bench: Bench) -> Media:
    """What keeps files of at most three chunks."""
    return Media(bench.database, bench.own, MOST)


async def cut(content: bytes, piece: int = 50_000) -> AsyncIterator[bytes]:
    """Yield content as a wire does."""
    for start in range(0, len(content), piece):
        yield content[start : start + piece]


async def endless() -> AsyncIterator[bytes]:
    """Yield for ever."""
    while True:
        yield PNG + bytes(100_000)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, MOST])
@pytest.mark.parametrize("piece", [1 << 16, 1 << 20])
async def test_what_is_kept_comes_out_the_same(bench: Bench, media: Media, size: int, piece: int) -> None:
    content = (PNG + bytes(range(256)) * (size // 256 + 1))[:size]
    row = await media.upload("x", "olga", cut(content, piece))
    assert (row.size, row.state, row.name) == (size, "ready", "x")
    assert b"".join([one async for one in media.content(UUID(row.id))]) == content
    async with bench.database.acquire() as connection:
        assert await content_of(connection, bench.own, UUID(row.id), size) == content


async def test_nothing_of_it_is_readable_without_the_keyring(bench: Bench, media: Media) -> None:
    words = b"the words of a patient " * 1000
    await media.upload("Anna's results.txt", "olga", cut(words))
    for every in ("SELECT t::text AS whole FROM attachment t", "SELECT t::text AS whole FROM attachment_chunk t"):
        for row in await bench.database.fetch(every):
            assert "patient" not in row["whole"] and "Anna" not in row["whole"]
            assert b"patient".hex() not in row["whole"] and b"Anna".hex() not in row["whole"]


@pytest.mark.parametrize("pieces", [cut(PNG + bytes(MOST)), cut(PNG + bytes(MOST), MOST * 2), endless()])
async def test_more_than_may_be_is_read_no_further_and_nothing_is_kept(
    bench: Bench, media: Media, pieces: AsyncIterator[bytes]
) -> None:
    with pytest.raises(TooBig):
        await media.upload("x", "olga", pieces)
    assert await bench.database.fetchval("SELECT count(*) FROM attachment") == 0
    assert await bench.database.fetchval("SELECT count(*) FROM attachment_chunk") == 0


@pytest.mark.parametrize("size", [10, CHUNK_BYTES + 10])
async def test_a_program_is_not_taken_whatever_it_is_called(bench: Bench, media: Media, size: int) -> None:
    with pytest.raises(NoFile):
        await media.upload("photo.jpg", "olga", cut(b"MZ" + bytes(size)))
    assert await bench.database.fetchval("SELECT count(*) FROM attachment_chunk") == 0


async def test_a_bomb_stays_as_small_as_it_came(bench: Bench, media: Media) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(200 << 20))
    row = await media.upload("results.zip", "olga", cut(held.getvalue()))
    assert (row.mime, row.size) == ("application/zip", len(held.getvalue()))
    kept = await bench.database.fetchval("SELECT sum(length(content)) FROM attachment_chunk")
    assert kept < len(held.getvalue()) + 1000


async def test_a_part_that_is_missing_or_moved_is_noticed(bench: Bench, media: Media) -> None:
    content = PNG + bytes(2 * CHUNK_BYTES)
    row = await media.upload("x", "olga", cut(content))
    async with bench.database.acquire() as connection:
        await connection.execute("DELETE FROM attachment_chunk WHERE n = 2")
        with pytest.raises(SealBroken):
            await content_of(connection, bench.own, UUID(row.id), len(content))
        await connection.execute("UPDATE attachment_chunk SET n = 7 WHERE n = 0")
        await connection.execute("UPDATE attachment_chunk SET n = 0 WHERE n = 1")
        with pytest.raises(SealBroken):
            await content_of(connection, bench.own, UUID(row.id), len(content))


async def test_what_went_with_no_message_is_forgotten_after_a_day(bench: Bench, media: Media) -> None:
    who = await bench.person()
    gone, kept = [UUID((await media.upload("x", "olga", cut(PNG))).id) for _ in range(2)]
    await bench.files(await bench.say(who, "one"), str(kept))
    assert await media.tidy(clock.now() + timedelta(hours=23)) == 0
    assert await media.tidy(clock.now() + timedelta(hours=25)) == 1
    assert await media.get(gone) is None and await media.get(kept) is not None
    assert await bench.database.fetchval("SELECT count(*) FROM attachment_chunk") == 1
