"""Sockets over a real server with real python-socketio clients."""

from __future__ import annotations

from tests.web.house import House
from tests.web.scripted import CALL, NUMBER, ScriptedEngine, call_row, world


async def test_first_sync_gives_a_masked_snapshot_and_patches_follow(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        answer = await page.ask("sync", {"epoch": None, "seq": None})
        assert (answer["epoch"], answer["seq"]) == (engine.epoch, engine.seq)
        assert set(answer["snapshot"]) == set(world())
        assert answer["snapshot"]["calls"][CALL]["phone"] == "+7 999 •••-00-01"
        assert NUMBER not in str(answer) and "SHCHUKOEDOV" not in str(answer)
        await engine.patch(["set", "calls", CALL, call_row(phase="talking")])
        patch = await page.until("patch")
        assert (patch["from"], patch["to"]) == (10, 11)
        assert patch["ops"][0][3]["phase"] == "talking"
        assert NUMBER not in str(patch)
