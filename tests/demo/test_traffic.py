"""The demo's day on the real Asterisk: calls arrive, operators lift, Ctrl-C leaves nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
import yaml

from demo.traffic import PhonesDied, Traffic, day
from okno.resources import folder
from okno.settings import Settings, load_settings
from tests.pbx.bench import Bench, bench_settings, build


def phones_of(parent: int) -> set[int]:
    """The SIPp processes a process has started and not ended."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        state, ppid = rest.split()[:2]
        if name == "sipp" and int(ppid) == parent and state != "Z":
            found.add(int(stat.parent.name))
    return found


@pytest.fixture(scope="module")
def clinic() -> Settings:
    """The demo clinic on ports of the bench's choosing, in a hurry."""
    values = load_settings(folder("demo") / "okno.demo.yaml").model_dump(mode="json")
    ports = bench_settings()
    values["pbxes"] = [ports.pbxes[0].model_dump(mode="json") | {"members": "logged_in"}]
    phones = int((ports.operators[0].contact or "").rpartition(":")[2])
    for operator in values["operators"]:
        operator["contact"] = f"sip:{operator['extension']}@127.0.0.1:{phones}"
    outside = int(ports.pbxes[0].trunks[0].contact.rpartition(":")[2])
    values["demo"] = {"calls_per_minute": 300, "talk_s": [1, 3], "patients_port": outside, "phones_port": phones}
    return Settings.model_validate(values)


async def test_a_minute_of_the_day(clinic: Settings, tmp_path: Path) -> None:
    before = phones_of(os.getpid())
    clinics: Bench = build(tmp_path / "home", clinic)
    await clinics.running.start()
    traffic = Traffic(clinic, Random(5))
    try:
        async with clinics.tap() as tap:
            working = asyncio.create_task(traffic.run())
            await tap.until("QueueMemberAdded", Interface="PJSIP/1017", Queue="children", Penalty="1")
            await tap.until("AgentConnect", count=5, timeout_s=40)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    finally:
        await clinics.running.stop()
    added = [(e["MemberName"], e["Queue"], int(e["Penalty"])) for e in tap.events() if e["Event"] == "QueueMemberAdded"]
    memberships = {(one.name, queue) for one in clinic.operators for queue in one.queues}
    assert {(name, queue) for name, queue, _ in added} == memberships and len(added) == len(memberships)
    # Those without the skill stand behind everybody who has it, the better ones in front.
    assert {name: penalty for name, queue, penalty in added if queue == "children"} == {
        "snegireva": 1, "tropin": 2, "ulanova": 3, "filatov": 21,
    }
    assert traffic.placed >= 5
    assert {e["Queue"] for e in tap.events() if e["Event"] == "QueueCallerJoin"} <= {q.name for q in clinic.queues}
    assert phones_of(os.getpid()) <= before


async def test_two_demos_on_the_same_ports_is_one_clear_error(clinic: Settings) -> None:
    first = Traffic(clinic, Random(1))
    working = asyncio.create_task(first.run())
    await asyncio.sleep(0.3)
    with pytest.raises(PhonesDied, match="another demo"):
        await day(clinic, Random(2))
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


def test_ctrl_c_ends_it_quietly_with_its_children(clinic: Settings, tmp_path: Path) -> None:
    config = tmp_path / "okno.yaml"
    config.write_text(yaml.safe_dump(clinic.model_dump(mode="json"), allow_unicode=True), "utf-8")
    environment = {**os.environ, "OKNO_CONFIG": str(config), "OKNO_STATE": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.traffic"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    assert process.stdout is not None and "20 phones" in process.stdout.readline()
    while len(children := phones_of(process.pid)) < 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints) == (0, "")
    assert not any(Path(f"/proc/{child}").exists() for child in children)
