"""Bad input that a person types or writes: one clear line and an exit code, never a traceback."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from okno.command import cli
from okno.command.processes import ports
from okno.command.status import healthy
from okno.settings import load_settings

OKNO = (sys.executable, "-P", "-m", "okno.command.cli")
PASSWORD = "s3cretword"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"engine:\n\tport: 1\n", "2: this is not YAML: found character '\\t' that cannot start any token"),
        (b"redis_port: 6400\nredis_port: 6401\n", "2: redis_port: is given twice"),
        (b"\xef\xbb\xbfredis_port: 6400\nqueus: []\n", "2: queus: there is no such setting; did you mean queues?"),
        (b"redis_port: many\n", "1: redis_port: must be a whole number"),
        (b"engine: 8081\n", "1: engine: must be a group of keys"),
        (b"queues: [\n", "2: this is not YAML: expected the node content, but found '<stream end>'"),
        (b"clinic: {name: \"\xff\"}\n", "1: the file is not UTF-8"),
        (b"clinic: {name: a\x00b}\n", "1: this is not YAML: holds something that is not YAML"),
        (b"[" * 5000, "1: this is not YAML: holds something that is not YAML"),
        (b"- 1\n", "1: must be settings, one `key: value` a line"),
        (b"a: !!python/object:os.system ls\n", "1: this is not YAML: could not determine a constructor for the tag"),
        (b"database_url: mysql://db\n", "1: database_url: must look like postgresql://user:password@host:5432"),
    ],
)  # fmt: skip
def test_settings_are_refused_in_one_line(
    text: bytes, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], clean: None
) -> None:
    file = tmp_path / "okno.yaml"
    file.write_bytes(text)
    for word in ("up", "check", "status"):
        assert cli.main([word, "--config", str(file), "--state", str(tmp_path / "state")]) == 1
        told = capsys.readouterr()
        assert told.err.startswith(f"okno: {file}:{line}") and told.err.count("\n") == 1, told.err
        assert told.out == ""
    assert not (tmp_path / "state").exists(), "nothing was made before the settings were good"


def test_a_byte_order_mark_alone_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "okno.yaml").write_bytes(b"\xef\xbb\xbfredis_port: 6400\n")
    assert load_settings(tmp_path / "okno.yaml").redis_port == 6400


def _cut(state: Path) -> None:
    ring = state / "keyring.json"
    ring.write_text(ring.read_text()[:60])


STATES: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated keyring": (_cut, r"keyring\.json: the keyring is damaged; put back its copy"),
    "open keyring": (lambda s: (s / "keyring.json").chmod(0o644), r"keyring\.json: others may read it; do `chmod 600`"),
    "lost keyring": (lambda s: (s / "keyring.json").unlink(), r"keyring\.json: the keyring is gone; put back its copy"),
    "binary keyring": (lambda s: (s / "keyring.json").write_bytes(b"\x00\xff"), r"keyring\.json: cannot be read"),
    "open secret": (lambda s: (s / "secrets/redis.secret").chmod(0o640), r"redis\.secret is open: others may read it"),
    "empty secret": (lambda s: (s / "secrets/service.secret").write_text(""), r"service\.secret holds nothing"),
}


@pytest.mark.parametrize("what", STATES)
def test_a_state_that_cannot_be_used_is_refused_in_one_line(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], clean: None
) -> None:
    where = ["--config", str(tmp_path / "okno.yaml"), "--state", str(tmp_path / "state")]
    (tmp_path / "okno.yaml").write_text("")
    assert cli.main(["keys", "init", *where]) == 0
    spoil, line = STATES[what]
    spoil(tmp_path / "state")
    capsys.readouterr()
    assert cli.main(["up", *where]) == 1
    told = capsys.readouterr()
    assert re.fullmatch(rf"okno: \S*{line}.*\n", told.err), told.err
    assert told.out == "", "nothing was started"


@pytest.mark.parametrize("word", ["up", "serve web", "keys init", "pbx render --pbx none"])
def test_a_place_that_cannot_be_written_is_one_line(word: str, tmp_path: Path) -> None:
    (tmp_path / "okno.yaml").write_text("")
    done = subprocess.run(
        [*OKNO, *word.split(), "--config", str(tmp_path / "okno.yaml"), "--state", "/proc/okno"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr


def test_a_full_disk_is_one_line(tmp_path: Path, clean: None) -> None:
    (tmp_path / "okno.yaml").write_text("")
    where = ["--config", str(tmp_path / "okno.yaml"), "--state", str(tmp_path / "state")]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*OKNO, "keys", "init", *where], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "No space left" in done.stderr


@pytest.mark.parametrize("variable", ["OKNO_DATABASE_URL", "OKNO_REDIS_URL"])
@pytest.mark.parametrize("url", [f"{PASSWORD}", f"http://u:{PASSWORD}@h", f"redis://u:{PASSWORD}@h:port"])
@pytest.mark.usefixtures("clean")
def test_an_address_that_is_none_is_refused_without_repeating_it(
    variable: str, url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    os.environ[variable] = url  # `clean` takes it back
    (tmp_path / "okno.yaml").write_text("")
    for words in (["up"], ["serve", "mis"]):
        assert cli.main([*words, "--config", str(tmp_path / "okno.yaml"), "--state", str(tmp_path / "state")]) == 1
        told = "".join(capfd.readouterr())
        assert told.count("\n") == 1 and f"{variable} must look like" in told, told
        assert PASSWORD not in told


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No addresses and no settings from outside; what a command sets is taken back."""
    for name in ("OKNO_DATABASE_URL", "OKNO_REDIS_URL", "OKNO_CONFIG", "OKNO_STATE"):
        monkeypatch.setenv(name, "")


async def test_no_database_at_the_start_is_one_line_until_it_comes(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    door, port = ports.free(), ports.free()
    config = tmp_path / "okno.yaml"
    config.write_text(json.dumps({"mis": {"port": port}}))
    where = ["--config", str(config), "--state", str(tmp_path / "state")]
    subprocess.run([*OKNO, "keys", "init", *where], check=True, capture_output=True)
    there = postgres_url.rpartition("@")
    env = os.environ | {"OKNO_DATABASE_URL": f"{there[0]}@127.0.0.1:{door}", "OKNO_REDIS_URL": redis_url}
    with (tmp_path / "out").open("wb") as sink:
        process = subprocess.Popen([*OKNO, "serve", "mis", *where], env=env, stdout=sink, stderr=sink)
    try:
        await asyncio.sleep(4)
        assert process.poll() is None, (tmp_path / "out").read_text()
        [line] = (tmp_path / "out").read_text().splitlines()
        assert json.loads(line)["reason"] == "the database is away: nobody listens there"
        host, _, number = there[2].partition("/")[0].partition(":")
        async with await asyncio.start_server(
            lambda reader, writer: pass_on(reader, writer, host, int(number)), "127.0.0.1", door
        ):
            end = time.monotonic() + 20
            while not await healthy(f"http://127.0.0.1:{port}"):
                assert time.monotonic() < end, (tmp_path / "out").read_text()
                await asyncio.sleep(0.1)
            process.terminate()
            assert await asyncio.to_thread(process.wait, 10) == 0
        assert there[0].rpartition(":")[2] not in (tmp_path / "out").read_text()
    finally:
        process.kill()
        process.wait()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    """Pass bytes both ways between a client and the real server, until one of them ends."""
    theirs, ours = await asyncio.open_connection(host, port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)

    pumps = [asyncio.create_task(pump(reader, ours)), asyncio.create_task(pump(theirs, writer))]
    await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    for task in pumps:
        task.cancel()
    ours.close()
    writer.close()


async def test_a_port_that_is_taken_is_one_line(postgres_url: str, redis_url: str, tmp_path: Path) -> None:
    config = tmp_path / "okno.yaml"
    async with await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        config.write_text(json.dumps({"mis": {"port": port}}))
        where = ["--config", str(config), "--state", str(tmp_path / "state")]
        subprocess.run([*OKNO, "keys", "init", *where], check=True, capture_output=True)
        env = os.environ | {"OKNO_DATABASE_URL": postgres_url, "OKNO_REDIS_URL": redis_url}
        command = [*OKNO, "serve", "mis", *where]
        done = await asyncio.to_thread(
            subprocess.run, command, env=env, capture_output=True, text=True, timeout=30, check=False
        )
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["reason"] for line in told if line["level"] == "critical"] == [
        f"cannot listen on 127.0.0.1:{port}: address already in use"
    ]


def test_up_names_a_taken_sip_port_and_ports_given_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], clean: None
) -> None:
    tcp = [ports.free() for _ in range(9)]
    names = ("engine", "chat", "chat_public", "mis", "pbx_service", "web")
    settings: dict[str, object] = {name: {"port": port} for name, port in zip(names, tcp, strict=False)}
    settings |= {"database_port": tcp[6], "redis_port": tcp[6]}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        port = phone.getsockname()[1]
        settings["pbxes"] = [{"name": "main", "managed": True, "sip_port": port, "ami": {"port": tcp[7]}}]
        (tmp_path / "okno.yaml").write_text(json.dumps(settings))
        assert cli.main(["up", "--config", str(tmp_path / "okno.yaml"), "--state", str(tmp_path / "state")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and lines[0].startswith(f"okno: port {port} (pbxes[0].sip_port) is taken by ")
    assert lines[1] == f"okno: port {tcp[6]} (redis_port) is also database_port"


@pytest.mark.parametrize("word", ["check", "serve mis"])
async def test_a_wrong_password_is_told_and_never_printed(
    word: str, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    (tmp_path / "okno.yaml").write_text(json.dumps({"mis": {"port": ports.free()}}))
    where = ["--config", str(tmp_path / "okno.yaml"), "--state", str(tmp_path / "state")]
    subprocess.run([*OKNO, "keys", "init", *where], check=True, capture_output=True)
    urls = {"OKNO_DATABASE_URL": postgres_url, "OKNO_REDIS_URL": redis_url}
    env = os.environ | {name: re.sub(r":[^:@/]*@", f":{PASSWORD}@", url) for name, url in urls.items()}
    with (tmp_path / "out").open("wb") as sink:
        process = subprocess.Popen([*OKNO, *word.split(), *where], env=env, stdout=sink, stderr=sink)
    try:
        await asyncio.to_thread(process.wait, 4)
    except subprocess.TimeoutExpired:
        assert word == "serve mis", "it waits until the password is put right"
    finally:
        process.kill()
        process.wait()
    out = (tmp_path / "out").read_text()
    assert "the database is away: it refuses our user or password" in out
    assert PASSWORD not in out and "Traceback" not in out
    if word == "check":
        assert "- redis: it refuses our password" in out
    else:
        assert out.count("\n") == 1
