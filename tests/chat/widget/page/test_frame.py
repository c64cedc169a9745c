"""The script and the frame: nothing of ours opens a page to others, nothing in them ends what it stands in."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from chat.widget.page.frame import Frame
from okno.i18n import Catalogue
from okno.settings import Clinic, SiteSettings, WidgetSettings

ROOT = Path(__file__).parents[4]
STATIC = ROOT / "chat" / "widget" / "static"
WORDS = Catalogue.load(ROOT / "chat" / "i18n")
NASTY = "</script><script>alert(1)</script>\u2028"


def frame(public_url: str = "", name: str = "Okno") -> Frame:
    """It."""
    return Frame(Clinic(name=name), WORDS, public_url)


def site(**widget: object) -> SiteSettings:
    """A site."""
    return SiteSettings(key="clinic", origins=["https://clinic.example", "http://localhost:8000"], widget=WidgetSettings.model_validate(widget))


def script(made: Frame, one: SiteSettings) -> str:
    """The script as it is served."""
    answer = made.script(one)
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    body = answer.body
    assert isinstance(body, bytes)
    return gzip.decompress(body).decode()


def test_the_script_is_small_and_has_the_sites_look_in_it() -> None:
    text = script(frame(), site(accent="#FFD000", side="left", theme="dark"))
    assert len(text.encode()) <= 40 * 1024
    assert "__LOOK__" not in text
    found = re.search(r"const look = (\{.*?\});\n", text)
    assert found is not None
    look = json.loads(found[1])
    assert (look["site"], look["accent"], look["ink"], look["side"], look["theme"]) == ("clinic", "#FFD000", "#000", "left", "dark")
    assert set(look["words"]) == {"ru", "en"}


def test_only_the_sites_own_pages_may_frame_it() -> None:
    policy = frame("https://chat.clinic.example/").page(site(), "en", "").headers["Content-Security-Policy"]
    assert "frame-ancestors https://clinic.example http://localhost:8000" in policy
    assert "connect-src 'self' wss://chat.clinic.example" in policy
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    nobody = SiteSettings(key="x", widget=WidgetSettings())
    assert "frame-ancestors 'none'" in frame().page(nobody, "", "").headers["Content-Security-Policy"]


def test_no_name_ends_the_page_or_the_script() -> None:
    one = site(title={"ru": NASTY, "en": NASTY}, greeting={"ru": NASTY})
    made = frame(name=NASTY)
    page = str(made.page(one, "ru", "light").text)
    assert "<script>alert" not in page
    assert "<script>alert" not in script(made, one)
    config = re.search(r'id="config">(.*?)</script>', page)
    assert config is not None
    assert json.loads(config[1])["title"] == NASTY


@pytest.mark.parametrize(("lang", "theme", "expected"), [("en", "dark", ("en", "dark")), ("", "", ("ru", "auto")), ("x", '"x', ("ru", "auto"))])
def test_the_page_may_choose_language_and_theme(lang: str, theme: str, expected: tuple[str, str]) -> None:
    text = str(frame().page(site(), lang, theme).text)
    assert f'<html lang="{expected[0]}" data-theme="{expected[1]}">' in text


def test_every_word_the_frame_says_is_written_and_none_is_spare() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (STATIC / "frame").glob("*.js"))
    said = set(re.findall(r'"(widget\.[\w.]+)"', source))
    begun = [one.rstrip(".") + "." for one in re.findall(r"`(widget\.[\w.]+\.)\$\{", source)]
    every = WORDS.keys()
    keys = {key for key in every if key.startswith("widget.")}
    server = {"widget.consent", "widget.greeting", "widget.open", "widget.close", "widget.unread"} | {
        key for key in keys if key.startswith(("widget.said.", "widget.opens."))
    }
    assert said <= keys, said - keys
    spare = {key for key in keys - said - server if not key.startswith(tuple(begun))}
    assert spare == set()


def test_the_frames_modules_find_one_another() -> None:
    for path in (STATIC / "frame").glob("*.js"):
        for target in re.findall(r'from "(\.[^"]+)"', path.read_text("utf-8")):
            assert (path.parent / target).is_file(), f"{path.name}: {target}"


def test_nothing_in_the_frame_makes_markup_of_text() -> None:
    for path in [STATIC / "loader.js", *(STATIC / "frame").glob("*.js")]:
        text = path.read_text("utf-8")
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert word not in text, path.name
