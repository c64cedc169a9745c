"""A private Asterisk of its own: starts, serves, ends, leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.asterisk import console
from engine.asterisk.private import AsteriskDied, Running
from tests.pbx.bench import Bench, build


async def test_two_run_side_by_side_and_end_by_their_own_pid(bench: Bench, tmp_path: Path) -> None:
    other = build(tmp_path / "other")
    await other.running.start()
    pid = other.running.pid
    assert pid is not None and pid != bench.running.pid
    await other.running.stop()
    assert other.running.pid is None and not Path(f"/proc/{pid}").exists()
    assert "Asterisk" in await console.ask(bench.asterisk.control, "core show version")


async def test_no_mount_is_left_behind_and_etc_is_not_touched(bench: Bench) -> None:
    root = bench.asterisk.source.root
    assert root is None or str(root) not in Path("/proc/mounts").read_text()
    assert str(bench.asterisk.home) not in Path("/proc/mounts").read_text()


async def test_a_configuration_it_cannot_start_with_is_said(tmp_path: Path) -> None:
    broken = build(tmp_path / "broken")
    (broken.asterisk.etc / "modules.conf").write_text("[modules]\nautoload = no\nrequire = no_such_module.so\n")
    with pytest.raises(AsteriskDied, match="did not start"):
        await Running(broken.asterisk).start()


async def test_it_starts_clean_without_an_error_in_its_log(bench: Bench) -> None:
    lines = (bench.asterisk.home / "log/messages.log").read_text().splitlines()
    assert [line for line in lines if " ERROR[" in line and "loader" in line] == []


async def test_the_name_of_the_pbx_stands_before_every_uniqueid(bench: Bench) -> None:
    assert "bench" in await console.ask(bench.asterisk.control, "core show settings")
