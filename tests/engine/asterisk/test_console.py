"""Asterisk's console socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.asterisk import console
from tests.pbx.bench import Bench


async def test_a_command_is_answered_as_asterisk_rx_answers(bench: Bench) -> None:
    assert "Asterisk 2" in await console.ask(bench.asterisk.control, "core show version")


async def test_a_socket_deeper_than_the_kernel_allows_still_answers(bench: Bench, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir()
    deep.symlink_to(bench.asterisk.control.parent)
    assert "Asterisk" in await console.ask(deep / "asterisk.ctl", "core show version")


async def test_nobody_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(console.NoConsole, match="does not answer"):
        await console.ask(tmp_path / "asterisk.ctl", "core show version")
    with pytest.raises(console.NoConsole):
        await console.ask(tmp_path / "missing/asterisk.ctl", "core show version")


async def test_a_second_command_cannot_be_smuggled_in(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one line"):
        await console.ask(tmp_path / "asterisk.ctl", "core show version\0core stop now")
