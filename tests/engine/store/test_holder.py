"""A dead neighbour is known to be gone; a frozen one, a stranger and nonsense are not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from engine.store import holder

TELL = "from engine.store import holder; import time; print(holder.present(), flush=True); time.sleep(60)"


def neighbour() -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", TELL], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        return process, process.stdout.readline().strip()


def test_we_are_not_gone() -> None:
    assert not holder.gone(holder.present())


def test_a_killed_neighbour_is_gone_even_before_he_is_buried() -> None:
    process, told = neighbour()
    assert not holder.gone(told)
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert holder.gone(told), "a zombie"
    process.wait()
    assert holder.gone(told)


def test_a_frozen_neighbour_is_not_gone() -> None:
    process, told = neighbour()
    try:
        os.kill(process.pid, signal.SIGSTOP)
        assert not holder.gone(told)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("told", ["", "x", "a/b/c/d", "other-boot/pid:[1]/1/1", "//1/1"])
def test_what_cannot_be_known_is_not_gone(told: str) -> None:
    assert not holder.gone(told)


def test_another_process_under_the_same_pid_is_another() -> None:
    *place, _ = holder.present().split("/")
    assert holder.gone("/".join((*place, "1")))
