"""Static files: one address for all of them, for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.web.house import House
from web.site.assets import Assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two modules, one vendored."""
    (tmp_path / "vendor").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "vendor/preact.mjs").write_text("export const h = 1;")
    (tmp_path / "vendor/vendor.lock").write_text(json.dumps({"files": [{"file": "preact.mjs", "specifier": "preact"}]}))
    (tmp_path / "app/main.js").write_text("import 'preact';")
    return tmp_path


def test_the_import_map_names_vendored_modules_and_every_hash(folder: Path) -> None:
    assets = Assets(folder)
    found = json.loads(assets.import_map())
    assert found["imports"] == {"preact": assets.url("vendor/preact.mjs")}
    assert set(found["integrity"]) == {assets.url("vendor/preact.mjs"), assets.url("app/main.js")} == set(assets.preloads())
    assert assets.integrity(assets.url("app/main.js")) == found["integrity"][assets.url("app/main.js")]


def test_a_changed_file_changes_every_address(folder: Path) -> None:
    assets = Assets(folder)
    before = assets.url("vendor/preact.mjs")
    assets.refresh()
    assert assets.url("vendor/preact.mjs") == before
    (folder / "app/other.js").write_text("export {};")
    assets.refresh()
    assert assets.url("vendor/preact.mjs") != before


async def test_a_file_is_kept_for_ever_under_its_address_only(house: House) -> None:
    assets = Assets(Path("web/static"))
    async with house.visitor() as browser:
        answer = await browser.get(assets.url("app/main.js"))
        assert answer.status == 200 and answer.content_type == "text/javascript"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        old = await browser.get("/static/0123456789abcdef/app/main.js")
        assert old.status == 200 and old.headers["Cache-Control"] == "no-cache"
        same = await browser.get(assets.url("app/main.js"), headers={"If-None-Match": answer.headers["ETag"]})
        assert same.status == 304
