"""One login against a server that misbehaves on a real socket."""

import asyncio
import contextlib
import logging
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from engine.ami.client import AmiClient, Credentials, Pace
from engine.ami.metrics import Figures
from engine.ami.protocol import ActionFailed, LinkDown, NoAnswer, tls_context
from okno.settings.model import Ami
from tests.engine.ami.fault_server import FaultServer

PACE = Pace(connect=1.0, action=1.0, first=0.02, longest=0.08, refused=0.08, settled=5)


async def until(true: Callable[[], object], within_s: float = 5.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.005)


class Running:
    """A client at work and the reasons it gave."""

    def __init__(self, server: FaultServer, secret: str = "right", **ami: object) -> None:  # noqa: S107
        self.reasons: list[str] = []
        self.figures = Figures()
        self.client = AmiClient(
            server.settings(**ami).ami, Credentials("okno", lambda: secret), self.figures,
            on_down=self.reasons.append, pace=PACE,
        )  # fmt: skip


@contextlib.asynccontextmanager
async def running(
    server: FaultServer,
    secret: str = "right",  # noqa: S107
    **ami: object,
) -> AsyncIterator[Running]:
    """A client that runs until the end of the block."""
    bench = Running(server, secret, **ami)
    task = asyncio.ensure_future(bench.client.run())
    try:
        yield bench
    finally:
        await bench.client.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_logs_in_and_gives_orders() -> None:
    async with FaultServer() as server, running(server) as bench:
        await until(lambda: bench.client.up)
        (answer,) = await bench.client.action("QueuePause", {"Interface": "PJSIP/1001"})
        assert answer.message == "done"
        assert bench.client.version == "11.0.0"
        assert server.asked("Login")[0]["Username"] == "okno"
        assert bench.client.last_heard is not None


async def test_a_wrong_secret_waits_longest_and_alarms_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        async with FaultServer() as server, running(server, secret="wrong") as bench:
            await until(lambda: len(bench.reasons) >= 3)
            assert set(bench.reasons) == {"secret"} and not bench.client.up
            await asyncio.sleep(0.3)
            assert len(server.asked("Login")) <= 9
    assert [record.message for record in caplog.records].count("ami_connection_failed") == 1
    assert "permit with manager.conf" in vars(caplog.records[0])["advice"]
    assert "wrong" not in caplog.text


async def test_each_reason_is_said_once_with_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        async with FaultServer() as server:
            port = server.port
        async with running(server) as bench:
            await until(lambda: len(bench.reasons) >= 3)
            async with FaultServer(port=port, banner=b"SSH-2.0\r\n"):
                await until(lambda: "not_asterisk" in bench.reasons)
            async with FaultServer(port=port):
                await until(lambda: bench.client.up)
            await until(lambda: bench.reasons[-1] == "unreachable")
    told = [vars(record) for record in caplog.records if record.message == "ami_connection_failed"]
    assert [line["reason"] for line in told if line["reason"] in ("unreachable", "not_asterisk")][:2] == [
        "unreachable", "not_asterisk",
    ]  # fmt: skip
    assert all(line["address"] == f"127.0.0.1:{port}" and line["advice"] for line in told)
    assert len(told) < len(bench.reasons)


async def test_a_secret_that_cannot_be_read_is_told_as_such() -> None:
    def missing() -> str:
        raise FileNotFoundError

    async with FaultServer() as server:
        reasons: list[str] = []
        client = AmiClient(
            server.settings().ami, Credentials("okno", missing), Figures(), on_down=reasons.append, pace=PACE
        )
        task = asyncio.ensure_future(client.run())
        await until(lambda: reasons)
        assert reasons[0] == "secret" and not server.asked("Login")
        await client.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_corrected_secret_is_taken_without_restart() -> None:
    async with FaultServer(secret="new") as server, running(server) as bench:
        await until(lambda: bench.reasons)
        server.secret = "right"
        await until(lambda: bench.client.up)


async def test_a_closed_port_is_unreachable_until_it_opens() -> None:
    async with FaultServer() as server:
        port = server.port
    async with running(server) as bench:
        await until(lambda: len(bench.reasons) >= 2)
        assert set(bench.reasons) == {"unreachable"}
        async with FaultServer(port=port):
            await until(lambda: bench.client.up)


async def test_a_peer_that_accepts_and_closes_does_not_wedge_it() -> None:
    async with FaultServer(close_on_accept=True) as server, running(server) as bench:
        await until(lambda: server.connections >= 3)
        server.close_on_accept = False
        await until(lambda: bench.client.up)
        assert bench.figures.reconnects >= 3


async def test_a_mute_server_is_noticed_and_left() -> None:
    async with FaultServer() as server, running(server) as bench:
        await until(lambda: bench.client.up)
        server.mute = True
        await until(lambda: bench.reasons == ["silent"])
        server.mute = False
        await until(lambda: bench.client.up)
        assert not bench.client.protocol.responses  # type: ignore[union-attr]


async def test_a_server_mute_from_the_start_is_silent() -> None:
    async with FaultServer(mute=True) as server, running(server) as bench:
        await until(lambda: bench.reasons)
        assert bench.reasons[0] == "silent"


@pytest.mark.parametrize(
    "banner", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x01" * 900]
)
async def test_what_does_not_greet_is_not_asterisk(banner: bytes) -> None:
    async with FaultServer(banner=banner) as server, running(server) as bench:
        await until(lambda: bench.reasons)
        assert bench.reasons[0] == "not_asterisk" and not server.asked("Login")


async def test_an_order_in_flight_at_the_cut_fails_once_and_is_never_sent_again() -> None:
    async with FaultServer(mute_actions=("Originate",)) as server, running(server) as bench:
        await until(lambda: bench.client.up)
        order = asyncio.ensure_future(bench.client.action("Originate", {"Channel": "Local/1@x"}, timeout_s=5))
        await until(lambda: server.asked("Originate"))
        server.drop()
        with pytest.raises(LinkDown):
            await order
        await until(lambda: bench.client.up and server.connections == 2)
        await asyncio.sleep(0.3)
        assert len(server.asked("Originate")) == 1


async def test_an_order_without_answer_ends_in_time_and_leaves_nothing() -> None:
    async with FaultServer(mute_actions=("Setvar",)) as server, running(server) as bench:
        await until(lambda: bench.client.up)
        with pytest.raises(NoAnswer):
            await bench.client.action("Setvar", {"Variable": "A", "Value": "1"}, timeout_s=0.1)
        assert not bench.client.protocol.responses  # type: ignore[union-attr]
        assert bench.client.up


async def test_a_refused_order_says_why() -> None:
    async with FaultServer(refuse={"QueuePause": "Interface not found"}) as server, running(server) as bench:
        await until(lambda: bench.client.up)
        with pytest.raises(ActionFailed, match="Interface not found"):
            await bench.client.action("QueuePause", {"Interface": "PJSIP/9"})


async def test_no_order_is_given_while_down() -> None:
    client = AmiClient(Ami(), Credentials("okno", lambda: "s"), Figures())
    with pytest.raises(LinkDown):
        await client.action("Ping")
    assert client.last_heard is None


async def test_a_fault_of_ours_does_not_end_the_link(caplog: pytest.LogCaptureFixture) -> None:
    reasons: list[str] = []

    async def broken() -> None:
        raise KeyError

    async with FaultServer() as server:
        client = AmiClient(
            server.settings().ami, Credentials("okno", lambda: "right"), Figures(), on_up=broken,
            on_down=reasons.append, pace=PACE,
        )  # fmt: skip
        task = asyncio.ensure_future(client.run())
        await until(lambda: len(reasons) >= 2)
        assert set(reasons) == {"fault"}
        await client.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate with its key in one file."""
    file = folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={name}", "-keyout", str(folder / "key.pem"),
         "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return file


async def test_tls_trusts_the_pinned_certificate_and_no_other(tmp_path: Path) -> None:
    file = certificate(tmp_path, "IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    async with FaultServer(ssl=context) as server:
        async with running(server, tls=True, ca_file=tmp_path / "cert.pem") as bench:
            await until(lambda: bench.client.up)
        async with running(server, tls=True) as bench:
            await until(lambda: bench.reasons)
            assert bench.reasons[0] == "tls"
        async with running(server, tls=True, ca_file=tmp_path / "no.pem") as bench:
            await until(lambda: bench.reasons)
            assert bench.reasons[0] == "tls"
        async with running(server) as bench:
            await until(lambda: bench.reasons)
            assert bench.reasons[0] in ("not_asterisk", "closed")


async def test_tls_with_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    file = certificate(tmp_path, "DNS:pbx.invalid")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    async with FaultServer(ssl=context) as server, running(server, tls=True, ca_file=tmp_path / "cert.pem") as bench:
        await until(lambda: bench.reasons)
        assert bench.reasons[0] == "tls"


async def test_tls_spoken_to_a_clear_port_is_a_mismatch() -> None:
    async with FaultServer() as server, running(server, tls=True) as bench:
        await until(lambda: bench.reasons)
        assert bench.reasons[0] == "tls"


def test_the_system_trusts_when_nothing_is_pinned() -> None:
    context = tls_context(Ami(tls=True))
    assert context is not None and context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED
    assert tls_context(Ami()) is None
