"""SIPp processes of ours start, end by pid and leave nothing."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from demo import sipp
from demo.scenarios import Behaviour, Call, Rule
from demo.sipp import Address, NoSipp
from tests.pbx.bench import free_port

LIFT = [Rule(Behaviour("answer", ring_s=0.1))]


def address() -> Address:
    """A free place."""
    return Address("127.0.0.1", free_port(socket.SOCK_DGRAM))


async def test_one_sipp_calls_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    phone = sipp.phones(at := address(), LIFT)
    caller = sipp.calls(address(), at, [Call("+79990000001", "1001", 0.3), Call("+79990000002", "1001", 0.2)])
    assert await caller.wait() == 0
    assert (caller.unexpected(), phone.unexpected(), phone.running) == ("", "", True)
    phone.stop()
    caller.stop()
    assert not phone.running and not Path(f"/proc/{phone.pid}").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("outcome", ["busy", "refuse"])
async def test_a_refusal_ends_the_call_as_written(outcome: str) -> None:
    phone = sipp.phones(at := address(), [Rule(Behaviour(outcome, ring_s=0.1))])  # type: ignore[arg-type]
    caller = sipp.calls(address(), at, [Call("+79990000001", "1001", 1)])
    assert await caller.wait() == 0
    assert phone.unexpected() == ""
    phone.stop()
    caller.stop()


async def test_an_impatient_caller_cancels(tmp_path: Path) -> None:
    phone = sipp.phones(at := address(), [Rule(Behaviour("silent"))])
    caller = sipp.calls(address(), at, [Call("+79990000001", "1001", 1)], patience_s=0.5)
    assert await caller.wait() == 0
    phone.stop()
    caller.stop()


async def test_a_phone_can_hang_up_first() -> None:
    phone = sipp.phones(at := address(), [Rule(Behaviour("answer", ring_s=0.1, talk_s=0.3))])
    caller = sipp.calls(address(), at, [Call("+79990000001", "1001", None)])
    assert await caller.wait() == 0
    assert phone.unexpected() == ""
    phone.stop()
    caller.stop()


def test_without_sipp_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSipp, match="apt-get install sip-tester"):
        sipp.phones(address(), LIFT)


def test_nothing_to_place_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no calls"):
        sipp.calls(address(), address(), [])
