"""What this browser remembers may be half written, edited by hand or of another version: it is dropped, the page goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.screens.conftest import Screen
from tests.screens.states import in_hand, missed

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW_MS = int(datetime.now(UTC).timestamp() * 1000)
SEALED = {"at": NOW_MS, "iv": "AAAAAAAAAAAAAAAA", "sealed": "AAAA"}
BROKEN = {
    "half": '{"at": 17', "nothing": "", "null": "null", "number": "5", "list": "[]", "no-time": json.dumps(SEALED | {"at": "today"}),
    "no-seal": json.dumps({"at": NOW_MS, "note": "an older version kept it so"}), "odd-seal": json.dumps(SEALED | {"iv": 7}),
    "old": json.dumps(SEALED | {"at": NOW_MS - int(timedelta(days=2).total_seconds() * 1000)}),
}  # fmt: skip
SEAL = """async ([name, text]) => {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(32).fill(0x5a), "AES-GCM", false, ["encrypt"]);
  const iv = new Uint8Array(12);
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(text)));
  const text64 = (bytes) => btoa(String.fromCharCode(...bytes));
  localStorage.setItem(name, JSON.stringify({ at: Date.now(), iv: text64(iv), sealed: text64(sealed) }));
}"""
PUT = "(kept) => { for (const [name, text] of Object.entries(kept)) localStorage.setItem(name, text); }"
DRAFTS = "Object.keys(localStorage).filter((name) => name.startsWith('okno.draft.'))"


async def test_broken_drafts_are_dropped_and_the_page_opens(screen: Screen) -> None:
    page = await screen.open("/login")
    await page.evaluate(PUT, {f"okno.draft.{name}": text for name, text in BROKEN.items()} | {"okno.draft.sound": json.dumps(SEALED)})
    await screen.open()
    assert await page.evaluate(DRAFTS) == ["okno.draft.sound"]
    await page.locator(".row").first.wait_for()


@pytest.mark.parametrize("text", ['{"note": 5, "outcome": ""}', '{"words": "of a later version"}', "null", "[1, 2", None])
async def test_a_draft_that_cannot_be_read_gives_way_to_the_next(screen: Screen, text: str | None) -> None:
    page, name = await screen.open("/login"), f"okno.draft.{missed(screen)}"
    if text is None:
        await page.evaluate(PUT, {name: json.dumps(SEALED)})  # of another log-in: its key is gone
    else:
        await page.evaluate(SEAL, [name, text])
    await screen.open()
    await in_hand(screen)
    await screen.until(f"localStorage.getItem('{name}') === null")
    assert await page.locator("textarea").input_value() == ""
    await page.locator("textarea").fill("half a note")
    await screen.until(f"localStorage.getItem('{name}') !== null")
    await page.reload()
    await screen.live()
    await page.locator("#tab-mine").click()
    await page.locator(f"#row-{name.removeprefix('okno.draft.')}").click()
    await screen.until("document.querySelector('textarea')?.value === 'half a note'")


async def test_a_draft_broken_while_the_page_is_open_is_no_draft(screen: Screen) -> None:
    page = await screen.open()
    name = f"okno.draft.{missed(screen)}"
    await page.evaluate(PUT, {name: "{"})
    await in_hand(screen)
    await page.locator("textarea").fill("half a note")
    await screen.until(f"(localStorage.getItem('{name}') ?? '').includes('sealed')")


async def test_tastes_that_make_no_sense_are_the_usual_ones(screen: Screen) -> None:
    page = await screen.open("/login")
    await page.evaluate(PUT, {"okno.text": "huge", "okno.volume": "-3", "okno.letters": "perhaps", "okno.density": "cosy", "okno.quiet": ""})
    await screen.open()
    assert await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--zoom')") == "1"
    kept = await page.evaluate("['text', 'volume', 'density'].map((name) => localStorage.getItem(`okno.${name}`))")
    assert kept == ["100", "60", "comfortable"]
    await page.evaluate(PUT, {"okno.text": "125"})
    await screen.open()
    assert await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--zoom')") == "1.25"
