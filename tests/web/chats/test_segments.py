"""The page counts an SMS as the service does."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from playwright.async_api import async_playwright

from chat.sms.segments import segments

SCRIPT = Path(__file__).parents[3] / "web" / "static" / "app" / "chat" / "segments.js"
ALPHABET = "aZ9 @€^[\n\\{я—`\U0001f600\U0001f469\u200d"
FIXED = ["", "a" * 160, "a" * 161, "€" * 80, "€" * 81, "я" * 70, "я" * 71, "a" * 152 + "€" + "a" * 152, "\U0001f600" * 36]


async def test_the_page_counts_as_the_service_does() -> None:
    drawn = [ALPHABET[(n * 7 + k * k) % len(ALPHABET)] * (1 + (n * k) % 90) for n in range(40) for k in range(6)]
    texts = [*FIXED, *drawn, *("".join(drawn[n : n + 4]) for n in range(0, len(drawn), 4))]
    module = base64.b64encode(SCRIPT.read_bytes()).decode()
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = await chromium.new_page()
        counted = await page.evaluate(
            f"""async (texts) => {{
                const {{ segments }} = await import("data:text/javascript;base64,{module}");
                return JSON.stringify(texts.map(segments));
            }}""",
            texts,
        )
        await chromium.close()
    assert json.loads(counted) == [{"count": told.count, "free": told.free} for told in map(segments, texts)]
