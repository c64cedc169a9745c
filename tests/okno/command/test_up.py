"""`okno up` for real, without a PBX: it starts, tells, brings back what is killed, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from okno.command.processes import ports
from okno.command.processes.embedded import moved

WITHIN_S = 60.0
EXPECTED = {"postgres", "valkey", "mis", "chat", "engine", "engine:standby", "web"}


class Place:
    """A settings file and a state directory of their own, and `okno` commands on them."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.config = folder / "okno.yaml"
        numbers: set[int] = set()
        while len(numbers) < 9:
            numbers.add(ports.free())
        names = ("engine", "chat", "chat_public", "mis", "pbx_service", "web")
        self.settings: dict[str, Any] = {name: {"port": numbers.pop()} for name in names}
        self.settings["web"]["public_url"] = f"http://localhost:{self.settings['web']['port']}"
        self.settings["engine"]["standby"] = {"port": numbers.pop()}
        self.settings |= {"database_port": numbers.pop(), "redis_port": numbers.pop()}
        self.config.write_text(yaml.safe_dump(self.settings))
        self.output = folder / "output"

    def command(self, *words: str) -> list[str]:
        """Return the command line of an `okno` command on this place."""
        where = ["--config", str(self.config), "--state", str(self.state)]
        return [sys.executable, "-P", "-m", "okno.command.cli", *words, *where]

    def okno(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run an `okno` command to its end."""
        return subprocess.run(self.command(*words), capture_output=True, text=True, check=False, timeout=60, cwd="/")

    def start(self) -> subprocess.Popen[bytes]:
        """Start `okno up` and wait until every service is ready."""
        with self.output.open("ab") as sink:
            process = subprocess.Popen(self.command("up"), stdout=sink, stderr=sink, cwd="/")
        wait(lambda: process.poll() is not None or self.ready(), f"ready; it said:\n{self.output.read_text()}")
        assert process.poll() is None, self.output.read_text()
        return process

    def status(self) -> dict[str, Any]:
        """Return what `okno status --json` prints."""
        done = self.okno("status", "--json")
        return dict(json.loads(done.stdout))

    def ready(self) -> bool:
        """Say whether every service is ready."""
        if not (self.state / "up.json").exists():
            return False
        lamps = {lamp["name"]: lamp["ok"] for lamp in self.status()["lamps"]}
        return lamps.keys() >= EXPECTED and all(lamps.values())

    def pids(self) -> dict[str, int]:
        """Return the pid of each program, as up.json tells it."""
        record = json.loads((self.state / "up.json").read_text())
        return {entry["name"]: entry["pid"] for entry in record["services"] if entry["pid"]}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("up"))
    yield place
    shutil.rmtree(moved(place.state), ignore_errors=True)


@pytest.fixture(scope="module")
def up(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    process = place.start()
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def test_it_tells_the_address_and_what_runs(place: Place, up: subprocess.Popen[bytes]) -> None:
    wait(lambda: "Okno is up" in place.output.read_text(), "the start screen")
    assert place.settings["web"]["public_url"] in place.output.read_text()
    told = place.status()
    assert told["up"]["pid"] == up.pid
    assert {entry["name"] for entry in told["services"]} == EXPECTED
    text = place.okno("status")
    assert text.returncode == 0
    assert all(name in text.stdout for name in EXPECTED)


def test_check_finds_nothing_wrong(place: Place, up: subprocess.Popen[bytes]) -> None:
    done = place.okno("check")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "+ database of engine" in done.stdout


def test_the_audit_is_whole(place: Place, up: subprocess.Popen[bytes]) -> None:
    done = place.okno("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("whole") == 4


def test_an_account_and_a_token(place: Place, up: subprocess.Popen[bytes]) -> None:
    assert "password" in place.okno("user", "add", "boss", "--role", "supervisor").stdout
    again = place.okno("user", "add", "boss", "--role", "supervisor")
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    token = place.okno("token", "create", "--role", "supervisor")
    assert token.returncode == 0
    assert len(token.stdout.strip()) > 20


def test_a_second_up_is_told_who_runs(place: Place, up: subprocess.Popen[bytes]) -> None:
    done = place.okno("up")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert str(up.pid) in done.stderr


def test_taken_ports_are_named_with_key_and_holder(place: Place, up: subprocess.Popen[bytes], tmp_path: Path) -> None:
    other = Place(tmp_path)
    other.config.write_text(place.config.read_text())
    done = other.okno("up")
    assert done.returncode == 1
    number = place.settings["web"]["port"]
    [line] = [line for line in done.stderr.splitlines() if str(number) in line]
    assert "web.port" in line
    assert "pid" in line
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_killed_comes_back(place: Place, up: subprocess.Popen[bytes], name: str) -> None:
    before = place.pids()
    os.kill(before[name], signal.SIGKILL)
    wait(lambda: place.pids().get(name) not in (None, before[name]), f"{name} to be started again", within_s=5)
    wait(place.ready, f"{name} to be ready again; it said:\n{place.output.read_text()}")
    after = place.pids()
    assert {other: pid for other, pid in after.items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }, "nothing else was touched"


def test_ctrl_c_ends_everything(place: Place, up: subprocess.Popen[bytes]) -> None:
    pids = place.pids()
    up.send_signal(signal.SIGINT)
    assert up.wait(60) == 0
    assert [name for name, pid in pids.items() if runs(pid)] == []
    assert not (place.state / "up.json").exists()
    assert place.okno("status").returncode == 1


def test_kill_minus_nine_of_okno_up_leaves_nothing(place: Place, up: subprocess.Popen[bytes]) -> None:
    assert up.poll() is not None, "the test before ended it"
    again = place.start()
    pids = place.pids()
    again.kill()
    again.wait()
    wait(lambda: not any(runs(pid) for pid in pids.values()), "everything to end", within_s=15)
    third = place.start()
    third.send_signal(signal.SIGTERM)
    assert third.wait(60) == 0


def wait(until: Callable[[], bool], what: str, within_s: float = WITHIN_S) -> None:
    """Wait until something is so; fail saying what was waited for."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with contextlib.suppress(json.JSONDecodeError):
            if until():
                return
        time.sleep(0.05)
    raise AssertionError(f"waited {within_s} s for {what}")


def runs(pid: int) -> bool:
    """Say whether a process runs; one that is dead and not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
