"""`okno check` of a PBX: a real Asterisk with users of many rights, and servers that are none."""

from collections.abc import Iterator

import pytest

from engine.ami import commands
from engine.ami.client import Pace
from engine.ami.commands import Finding, check
from okno.settings.model import Ami, PbxSettings
from tests.engine.ami.fault_server import FaultServer
from tests.pbx.bench import Bench, bench_settings, build

USERS = """
[all]
secret = s
read = all
write = all

[deaf]
secret = s
read = system
write = reporting

[bare]
secret = s
read =
write =

[hands]
secret = s
read =
write = call,agent,originate
"""


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A real Asterisk with more AMI users than it should have."""
    with build(tmp_path_factory.mktemp("asterisk"), bench_settings("check"), {"okno-manager.conf": USERS}) as made:
        yield made


def codes(found: list[Finding]) -> list[str]:
    """What was found, for programs, sorted."""
    return sorted(finding.code for finding in found)


def of(bench: Bench, events: str, actions: str = "hands") -> PbxSettings:
    """The bench's PBX reached as other users."""
    ami = bench.pbx.ami.model_copy(update={"events_user": events, "actions_user": actions})
    return bench.pbx.model_copy(update={"ami": ami})


async def test_the_rights_we_render_are_enough_and_not_too_many(asterisk: Bench) -> None:
    ami = asterisk.pbx.ami
    secrets = {ami.events_secret: asterisk.secrets.events, ami.actions_secret: asterisk.secrets.actions}
    assert await check(asterisk.pbx, secrets.__getitem__) == []


async def test_dangerous_rights_are_refused_by_name(asterisk: Bench) -> None:
    found = await check(of(asterisk, "all", "all"), lambda reference: "s")
    assert codes(found) == sorted(["dangerous:command", "dangerous:config", "dangerous:system"] * 2)
    assert all(finding.level == "error" for finding in found)
    assert any("AMI user all has write = command" in str(finding) for finding in found)


async def test_missing_rights_say_the_class_and_what_it_breaks(asterisk: Bench) -> None:
    found = await check(of(asterisk, "deaf"), lambda reference: "s")
    assert codes(found) == ["missing:read=agent", "missing:read=call"]
    found = await check(of(asterisk, "bare", "bare"), lambda reference: "s")
    assert set(codes(found)) == {
        "missing:read=system", "missing:write=reporting", "missing:write=agent", "missing:write=call",
        "missing:write=originate",
    }  # fmt: skip
    assert any("breaks and wrap-up do not reach the queues" in finding.text for finding in found)


async def test_a_wrong_secret_names_both_users_and_no_secret(asterisk: Bench) -> None:
    found = await check(asterisk.pbx, lambda reference: "not-it")
    assert codes(found) == ["secret", "secret"]
    assert "okno-events" in found[0].text and "file:ami-events.secret" in found[0].text
    assert all("not-it" not in str(finding) for finding in found)


async def test_tls_to_a_clear_port_is_a_mismatch(asterisk: Bench) -> None:
    ami = asterisk.pbx.ami.model_copy(update={"tls": True})
    assert codes(await check(asterisk.pbx.model_copy(update={"ami": ami}), lambda reference: "s")) == ["tls"]


async def test_a_closed_port_is_one_clear_line() -> None:
    async with FaultServer() as server:
        port = server.port
    (finding,) = await check(PbxSettings(name="here", ami=Ami(port=port)), lambda reference: "right")
    assert finding.level == "error" and finding.code == "unreachable"
    assert str(finding).startswith(f"error: pbx here: 127.0.0.1:{port} cannot be reached") and "\n" not in str(finding)


ALL = ("CoreShowChannels", "DeviceStateList", "QueueStatus", "QueuePause", "Setvar", "Originate")


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("16.30.0", "too_old"), ("18.26.0", "too_old"), ("19.8.1", "too_old"), ("20.9.2~dfsg", "too_old"),
        ("22.0.0", "too_old"), ("18.26.1", "old"), ("22.9.0", "old"), ("GIT-master", "version"),
    ],
)  # fmt: skip
async def test_old_versions_are_named(version: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "EVENT_WAIT_S", 0.05)
    async with FaultServer(version=version, commands=ALL) as server:
        found = await check(server.settings(), lambda reference: "right")
    assert [finding.code for finding in found if not finding.code.startswith("missing:read")] == [code]
    assert found[0].level == ("error" if code == "too_old" else "warning")


@pytest.mark.parametrize("version", ["22.10.1", "23.4.1"])
async def test_new_versions_and_a_wrong_clock(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "EVENT_WAIT_S", 0.05)
    async with FaultServer(version=version, commands=ALL, clock_ahead_s=60) as server:
        found = await check(server.settings(), lambda reference: "right")
    assert [finding.code for finding in found if not finding.code.startswith("missing:read")] == ["clock"]
    assert "-60.0 s" in found[-1].text


async def test_what_is_no_asterisk_or_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "PACE", Pace(connect=0.2, action=0.2))
    async with FaultServer(banner=b"SSH-2.0\r\n") as server:
        assert codes(await check(server.settings(), lambda reference: "right")) == ["not_asterisk"]
    async with FaultServer(mute=True) as server:
        assert codes(await check(server.settings(), lambda reference: "right")) == ["silent"]
    async with FaultServer(mute_actions=("ListCommands",)) as server:
        assert codes(await check(server.settings(), lambda reference: "right")) == ["silent"]
    async with FaultServer(refuse={"CoreSettings": "Permission denied"}, commands=ALL) as server:
        assert "missing:write=reporting" in codes(await check(server.settings(), lambda reference: "right"))
