"""The spool: what is complete is shipped and removed, what is being said waits, what nobody takes is kept."""

from __future__ import annotations

import base64
import os
import time
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from engine.shipping.messages import ASIDE, ASIDE_S, DEAD_S, Figures, Messages
from engine.speech.sound import from_alaw
from engine.speech.wav import write
from okno.service import ServiceDown, ServiceRefused
from tests.engine.speech.test_sound import tone

NAME = "01a1fc83-0000-7000-8000-0000000000a1-1"


class Scripted:
    """An engine that takes messages, or does not."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.fault: Exception | None = None

    async def message_left(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Take one."""
        if self.fault is not None:
            raise self.fault
        self.told.append(dict(message))
        return {"recording": "x"}


class Spool:
    """A folder, its shipper and its engine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.engine, self.registry = folder, Scripted(), CollectorRegistry()
        self.messages = Messages("main", folder, self.engine, Figures(self.registry))

    def put(self, name: str, data: bytes, age_s: float = 0) -> Path:
        """A file that was last written so long ago."""
        file = self.folder / f"{name}.wav"
        file.write_bytes(data)
        os.utime(file, (time.time() - age_s,) * 2)
        return file

    def count(self, what: str) -> float:
        """A figure."""
        return self.registry.get_sample_value(f"okno_pbx_messages_{what}") or 0.0


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path)


def unfinished(samples: array[int]) -> bytes:
    """As Asterisk has it while it records."""
    data = bytearray(write(samples))
    data[40:44] = b"\0\0\0\0"
    return bytes(data)


async def test_a_message_is_told_and_then_removed(spool: Spool) -> None:
    file = spool.put(NAME, write(tone(500, length_s=2)))
    assert await spool.messages.once()
    (told,) = spool.engine.told
    assert (told["pbx"], told["name"], file.exists(), spool.count("shipped_total")) == ("main", NAME, False, 1.0)
    assert len(from_alaw(base64.b64decode(told["sound"]))) == 16000 and told["at"].endswith("+00:00")


async def test_one_that_is_being_said_waits_until_its_length_is_there(spool: Spool) -> None:
    file = spool.put(NAME, unfinished(tone(500, length_s=2)))
    assert await spool.messages.once() and spool.engine.told == [] and file.exists()
    spool.put(NAME, write(tone(500, length_s=2)))
    assert await spool.messages.once() and len(spool.engine.told) == 1


async def test_one_whose_asterisk_died_is_taken_as_it_is(spool: Spool) -> None:
    spool.put(NAME, unfinished(tone(500, length_s=2)), age_s=DEAD_S + 1)
    assert await spool.messages.once() and len(spool.engine.told) == 1


@pytest.mark.parametrize("fault", [ServiceDown("away"), ServiceRefused(404, {})])
async def test_nothing_is_lost_while_nobody_takes_it(spool: Spool, fault: Exception) -> None:
    file = spool.put(NAME, write(tone(500, length_s=2)), age_s=ASIDE_S + 60)
    spool.engine.fault = fault
    down = isinstance(fault, ServiceDown)
    assert await spool.messages.once() is not down
    assert file.exists() is down and (spool.folder / ASIDE / file.name).exists() is not down
    assert spool.count("refused_total") == (0.0 if down else 1.0)
    spool.engine.fault = None
    assert await spool.messages.once() and len(spool.engine.told) == int(down)
    assert (spool.folder / ASIDE / file.name).exists() is not down  # it came there just now


async def test_what_nobody_takes_is_kept_a_week_and_no_longer(spool: Spool) -> None:
    (spool.folder / ASIDE).mkdir()
    young, old = (spool.put(f"{ASIDE}/{n}", write(tone(500, length_s=2)), ASIDE_S + age) for n, age in ((1, -60), (2, 60)))
    assert await spool.messages.once()
    assert young.exists() and not old.exists() and spool.engine.told == []


@pytest.mark.parametrize("data", [b"RIFF", write(tone(500, length_s=0.5)), write(array("h"))])
async def test_what_holds_no_message_is_removed(spool: Spool, data: bytes) -> None:
    file = spool.put(NAME, data, age_s=DEAD_S + 1)
    assert await spool.messages.once() and spool.engine.told == [] and not file.exists()


async def test_other_files_and_endless_ones(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.shipping.messages.MOST_BYTES", 1000)
    other = spool.folder / "notes.txt"
    other.write_text("his")
    big = spool.put(NAME, write(tone(500, length_s=2)))
    assert await spool.messages.once() and other.exists() and (spool.folder / ASIDE / big.name).exists()


async def test_a_spool_that_is_not_there_is_no_trouble_and_one_that_cannot_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await Spool(tmp_path / "none").messages.once()
    spool = Spool(tmp_path)
    spool.put(NAME, write(tone(500, length_s=2)))

    def torn(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", torn)
    assert await spool.messages.once() is False
