"""The demo clinic's page: only with the demo, and one script under a strict policy."""

from __future__ import annotations

import aiohttp
import pytest

from okno.settings import Runtime, load_settings
from tests.chat.widget.site import Site, running
from tests.fixtures import MakeUrl


async def test_without_the_demo_there_is_no_such_page(site: Site) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/demo/site", "/demo/site.css"):
            async with http.get(site.public + path) as answer:
                assert answer.status == 404


@pytest.mark.parametrize("lang", ["ru", "en"])
async def test_it_has_the_one_script_and_a_strict_policy(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    url = await new_database_url("chat")
    async with (
        running(runtime, url, redis_url, monkeypatch, demo=True) as site,
        aiohttp.ClientSession() as http,
        http.get(f"{site.public}/demo/site?lang={lang}") as answer,
        http.get(f"{site.public}/demo/site.css") as style,
    ):
        text, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert (style.status, style.content_type) == (200, "text/css") and "--accent" in await style.text()
    assert text.count("<script") == 1
    assert '<script async src="/widget/v1.js?site=clinic"' in text
    assert f'<html lang="{lang}">' in text
    assert policy.startswith("default-src 'none'; script-src 'self'; frame-src 'self'")
    assert "unsafe" not in policy and "demo.site." not in text
    assert '<link rel="stylesheet" href="/demo/site.css">' in text and "style=" not in text


def test_the_demos_settings_name_a_site_with_a_widget() -> None:
    from pathlib import Path

    settings = load_settings(Path(__file__).parents[4] / "demo" / "okno.demo.yaml")
    [site] = [one for one in settings.chat.sites if one.key == settings.demo.site]
    assert site.widget is not None
    assert f"http://127.0.0.1:{settings.chat_public.port}" in site.origins
