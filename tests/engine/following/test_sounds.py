"""The keeper of sounds beside a managed Asterisk: what the directory says is there, and stays when it cannot be."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.asterisk.commands import Folders
from engine.following import sounds
from engine.following.sounds import SoundKeeper
from engine.speech.wav import write
from okno.service import ServiceDown
from okno.settings import Runtime, Settings
from okno.settings.model import PbxSettings
from tests.engine.speech.test_sound import tone

FILE = "cd" * 32


@dataclass
class Follows:
    """Whoever follows the directory."""

    runtime: Runtime

    def say(self, **prompts: dict[str, object]) -> None:
        """Another version of it."""
        told = {name: {"label": {"en": name}, **prompt} for name, prompt in prompts.items()}
        settings = Settings.model_validate({**self.runtime.settings.model_dump(mode="json"), "prompts": told})
        self.runtime = Runtime(settings, self.runtime.state)


class Uploads:
    """An engine with one upload."""

    down = False

    async def prompt(self, file: str) -> bytes:
        """It."""
        if self.down:
            raise ServiceDown("away")
        return write(tone(500))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sounds go."""
    into = tmp_path / "sounds/okno"
    monkeypatch.setattr(sounds, "folders_of", lambda runtime, pbx: Folders(into, tmp_path / "spool"))
    monkeypatch.setattr(sounds, "LOOK_S", 0.01)
    return into


async def until(fact: object) -> None:
    async with asyncio.timeout(20):
        while not fact():  # type: ignore[operator]
            await asyncio.sleep(0.02)


async def test_it_follows_the_prompts(place: Path, runtime: Runtime) -> None:
    follows, uploads = Follows(runtime), Uploads()
    keeper = SoundKeeper(PbxSettings(name="main", managed=True), follows, uploads, retry_s=0.05)
    assert keeper.problem is not None
    task = asyncio.create_task(keeper.keep())
    try:
        await until(lambda: keeper.problem is None)
        assert (place / "ru/consent.alaw").is_file() and (place / "en/say/5.alaw").is_file()
        follows.say(hello={"text": {"en": "Hello."}}, music={"file": FILE})
        await until(lambda: (place / "en/hello.alaw").exists() and (place / "ru/music.alaw").exists())
        uploads.down = True
        follows.say(other={"file": "ef" * 32})
        await until(lambda: "other" in (keeper.problem or ""))
        assert (place / "ru/music.alaw").exists()
        uploads.down = False
        await until(lambda: keeper.problem is None)
        assert (place / "ru/other.alaw").exists() and not (place / "ru/music.alaw").exists()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_place_that_cannot_be_written_is_said(place: Path, runtime: Runtime) -> None:
    place.parent.mkdir(parents=True)
    place.write_text("a file")
    keeper = SoundKeeper(PbxSettings(name="main", managed=True), Follows(runtime), Uploads())
    await keeper.bring()
    assert str(place) in (keeper.problem or "")


async def test_a_pbx_that_is_configured_by_hand_is_left_alone(place: Path, runtime: Runtime) -> None:
    keeper = SoundKeeper(PbxSettings(name="own"), Follows(runtime), Uploads())
    task = asyncio.create_task(keeper.keep())
    await until(lambda: keeper.problem is None)
    assert not place.exists()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
