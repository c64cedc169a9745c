"""Callers whose From is nothing a phone would send: each by a SIPp of his own, whose scenario holds the raw bytes."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from demo import scenarios
from demo.sipp import _media_port

WRITTEN = b'"[field3]" <sip:[field0]@[local_ip]:[local_port]>'
HERE = b"@127.0.0.2"
HOLD_S = 4.0


@dataclass(frozen=True, slots=True)
class Stranger:
    """One such caller. `marks` are what must be found nowhere: in no log, no metric, no page as markup."""

    name: str
    sender: bytes
    marks: tuple[str, ...] = ()


def _named(name: str, shown: bytes, tail: int, *marks: str) -> Stranger:
    return Stranger(name, b'"' + shown + b'" <sip:+7999002%04d' % tail + HERE + b">", marks)


def _numbered(name: str, uri: bytes, *marks: str) -> Stranger:
    return Stranger(name, b"<" + uri + b">", marks)


STRANGERS = (
    _named("quotes", rb"Zlat\"a\" \\ Quotova", 1, "Quotova"),
    _named("apostrophes", b"O'Malley'; DROP TABLE call; --", 2, "Malley"),
    _named("emoji", "Эмилия 🦷😀 Смайлова".encode(), 3, "Смайлова", "Эмилия"),
    _named("broken UTF-8", b"Brok\xff\xfe\xc3\x28\xed\xa0\x80enov", 4, "enov"),
    _named("10 kB", b"Longova" * 1430, 5, "LongovaLongova"),
    _named("markup", b"<script>window.stolen=1</script><img src=x onerror=window.stolen=1>", 6, "stolen"),
    _named("lines", b"Linov%0D%0AEvent: Hangup%0D%0A%0D%0A\t\x0b\x1bcAction: Logoff\x7f\x80", 7, "Linov"),
    _named("template", b"{{7*7}}${jndi:ldap://x}%n%s#{HANGUPCAUSE}", 8, "jndi"),
    _named("commas", b"Zapyatova,1,Hangup()|&PJSIP/1001", 9, "Zapyatova"),
    _numbered("garbage", b"sip:%21%2a%3cgarbagenumber%3e%25" + HERE, "garbagenumber"),
    Stranger("anonymous", b'"Anonymous" <sip:anonymous@anonymous.invalid>'),
    _numbered("empty", b"sip:127.0.0.2"),
    _numbered("parameters", b"sip:+79990020012;DROP=TABLE" + HERE),
    _numbered("statement", b"sip:+79990020013'%3bDROP%20TABLE%20call" + HERE, "DROP TABLE"),
    _numbered("500 digits", b"sip:+7999" + b"1234567890" * 50 + HERE, "1234567890" * 2),
)  # fmt: skip


async def call(stranger: Stranger, folder: Path, port: int, pbx_port: int, called: str) -> int:
    """Place his call, hang up four seconds after it was taken, and wait for its end; returns SIPp's exit code (0 = the call went as written)."""
    program = shutil.which("sipp")
    assert program is not None, "sipp is missing: apt-get install sip-tester"
    folder.mkdir(parents=True)
    scenario = scenarios.callers([HOLD_S], 20.0).encode()
    assert WRITTEN in scenario
    (folder / "scenario.xml").write_bytes(scenario.replace(WRITTEN, stranger.sender))
    (folder / "rows.csv").write_text(scenarios.rows([scenarios.Call("stranger", called, HOLD_S)]))
    process = await asyncio.create_subprocess_exec(
        "setpriv", "--pdeathsig", "KILL", program, "-sf", "scenario.xml", "-inf", "rows.csv", "-i", "127.0.0.2",
        "-p", str(port), "-nostdin", "-m", "1", "-mp", str(_media_port("127.0.0.2")), "-trace_err",
        f"127.0.0.1:{pbx_port}", cwd=folder,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        return await asyncio.wait_for(process.wait(), 40)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
