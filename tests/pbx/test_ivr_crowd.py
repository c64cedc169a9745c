"""Two hundred callers in the demo clinic's menu at once on a real Asterisk; SIPp presses their keys over real RTP."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from demo.sipp import Address, Sipp, _start
from engine.world import Callback
from okno.settings.model import Settings
from tests.pbx.bench import Bench, build, free_port
from tests.pbx.flowing import DAY, OneVisit, flow_settings, flowing, record_prompts

# So many who press 3 (hours and address), who press 4 and 1 (a callback), who hang up in the menu.
SERVED, PROMISED, LEFT = 130, 40, 30
EVERYBODY = SERVED + PROMISED + LEFT
# Outside what the kernel gives away; SIPp's and other Asterisks' are below.
RTP = (61000, 62400)
# SIPp sends a pressed key as payload 96, whatever the offer says.
INVITE = """
INVITE sip:{called}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:{called}@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-16
"""
WITHIN = """
{method} [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:{called}@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {number} {method}
Max-Forwards: 70
Content-Length: 0
"""
TAKEN = """
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
"""


def scenario(called: str, presses: list[tuple[float, str]], leaves_s: float | None) -> str:
    """A caller who presses keys so many seconds after the one before, and hangs up or is hung up on."""
    def send(text: str, attributes: str = "") -> str:
        return f"<send{attributes}><![CDATA[{text}]]></send>"

    parts = [send(INVITE.format(called=called), ' retrans="500"')]
    parts += [f'<recv response="{code}" optional="true"/>' for code in (100, 180, 183)]
    parts += ['<recv response="200" rrs="true"/>', send(WITHIN.format(called=called, method="ACK", number=1))]
    for after_s, key in presses:
        parts.append(f'<pause milliseconds="{after_s * 1000:.0f}"/>')
        parts.append(f'<nop><action><exec play_dtmf="{key}"/></action></nop>')
    if leaves_s is None:
        parts += ['<recv request="BYE" timeout="60000"/>', send(TAKEN)]
    else:
        parts.append(f'<pause milliseconds="{leaves_s * 1000:.0f}"/>')
        parts.append(send(WITHIN.format(called=called, method="BYE", number=2), ' retrans="500"'))
        parts.append('<recv response="200"/>')
    return f'<?xml version="1.0"?><scenario name="ivr">{"".join(parts)}</scenario>'


def crowd(bench: Bench, first: int, count: int, script: str) -> Sipp:
    """So many callers from one SIPp, each with a number of his own."""
    host = "127.0.0.2"
    at = Address(host, free_port(host=host))
    rows = "\n".join(["SEQUENTIAL", *(f"+7999000{first + number:04d};" for number in range(count))]) + "\n"
    more = [f"{bench.sip.host}:{bench.sip.port}", "-m", str(count), "-r", str(count), "-rp", "6000", "-l", str(count)]
    process = _start(at, script, more, rows)
    bench.started.append(process)
    return process


def settings() -> Settings:
    """The clinic with ports for the sound of all of them."""
    plain = flow_settings().model_dump(mode="json")
    plain["pbxes"][0]["rtp_ports"] = RTP
    return Settings.model_validate(plain)


async def test_two_hundred_in_the_menu_at_once(tmp_path: Path) -> None:
    bench = build(tmp_path, settings())
    record_prompts(bench)
    called = DAY.removeprefix("+")
    async with bench, flowing(bench, OneVisit()) as engine:
        crowds = [
            crowd(bench, 2000, SERVED, scenario(called, [(11, "3")], None)),
            crowd(bench, 3000, PROMISED, scenario(called, [(11, "4"), (3, "1")], None)),
            crowd(bench, 4000, LEFT, scenario(called, [], 11)),
        ]
        await engine.inside("main", "menu", EVERYBODY, within_s=40)
        assert [await one.wait() for one in crowds] == [0, 0, 0]
        await engine.until(lambda: len(engine.ended) == EVERYBODY, "not all calls are over", 60)
        assert Counter(call.result for call in engine.ended.values()) == {
            "self_service": SERVED + PROMISED, "abandoned": LEFT,
        }  # fmt: skip
        asked = [one for one in engine.world.all(Callback) if one.origin == "ivr"]
        assert len(asked) == PROMISED
        exits = engine.counts.rows()["flows"]["main"]["exits"]
        assert exits == {"done": SERVED, "promised": PROMISED, "left": LEFT}
