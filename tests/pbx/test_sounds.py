"""Callers hear what came with Okno, and what an administrator wrote: from a real Asterisk, in real RTP, to the byte."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from demo.sipp import Address
from engine.asterisk.commands import Folders
from engine.speech import library
from engine.speech.shipped import shipped
from engine.speech.sound import to_alaw
from engine.speech.voice import missing, spoken
from okno.settings.directory import PromptSettings
from okno.settings.model import Prompts
from tests.pbx.bench import Bench, bench_settings, build, free_port
from tests.pbx.dialog import Dialog
from tests.pbx.hearing import Ear
from tests.pbx.softphone import Softphone


def spoken_here() -> bool:
    return all(missing(language) is None for language in ("ru", "en"))


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An Asterisk with the prompts of a fresh install, one of them written anew."""
    settings = bench_settings()
    pbx = settings.pbxes[0].model_copy(update={"prompts": Prompts()})
    settings = settings.model_copy(update={"pbxes": [pbx]})
    made = build(tmp_path_factory.mktemp("speaking"), settings)
    prompts = {"nobody": PromptSettings(label={}, text={"ru": "Перезвоните позже."})} if spoken_here() else {}
    came = shipped()
    done = library.bring(library.wanted(prompts, came), folders(made).sounds, came, library.NoUploads())
    assert done.problems == () and len(done.changed) >= 400
    with made:
        yield made


def folders(bench: Bench) -> Folders:
    return Folders(bench.asterisk.home / "data/sounds/okno", bench.asterisk.home / "spool/okno/voicemail")


async def heard(bench: Bench, line: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Ring a line and listen until Asterisk hangs up."""
    monkeypatch.setattr("tests.pbx.dialog.Voice", Ear)
    at = Address("127.0.0.2", free_port(socket.SOCK_DGRAM, "127.0.0.2"))
    async with Softphone("+79990001901", at, bench.sip) as phone:
        call = await phone.dial(bench.number(line)).up()
        await over(call)
        assert isinstance(call.voice, Ear)
        return bytes(call.voice.heard)


async def over(call: Dialog) -> None:
    async with asyncio.timeout(40):
        while call.ended_at is None:
            await asyncio.sleep(0.05)


async def test_a_caller_hears_the_shipped_prompt_whole(speaking: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said = shipped().path("ru/closed").read_bytes()
    sound = await heard(speaking, "closed", monkeypatch)
    # The last packet of a file that is no multiple of 20 ms is short; a first one may go before we listen.
    whole = said[320 : len(said) - len(said) % 160 - 160]
    assert whole in sound
    assert abs(len(sound) - len(said)) < 8000


async def test_the_notice_comes_before_the_queue(speaking: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line `nobody` has a phone that is not there: notice, no wait, and who could not be served is told so."""
    sound = await heard(speaking, "nobody", monkeypatch)
    consent = shipped().path("ru/consent").read_bytes()
    assert consent[320 : len(consent) // 160 * 160 - 160] in sound
    after = to_alaw(spoken("Перезвоните позже.", "ru")) if spoken_here() else shipped().path("ru/nobody").read_bytes()
    assert after[320 : len(after) // 160 * 160 - 320] in sound


def test_every_shipped_sound_is_where_asterisk_looks(speaking: Bench) -> None:
    home = folders(speaking).sounds
    everybodys = library.wanted({}, shipped())
    assert len(everybodys) >= 400 and all("/demo/" not in name for name in everybodys)
    assert [name for name in everybodys if not (home / f"{name}.alaw").is_file()] == []
