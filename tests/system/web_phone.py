"""A clinic whose operator's phone is the page: settings, a Chromium with a microphone that says a tone, and its ears."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, WebSocketRoute, async_playwright

from demo.sipp import Address
from tests.pbx.bench import free_port
from tests.system import clinic as clinics
from tests.system.clinic import Clinic, free_ports
from tests.system.screen import LAUNCH
from tests.system.tones import microphone

QUEUE, LINE, PATIENT = "front", "+73430000001", "+79990001801"
# What the page's microphone says, and what SIP phones say.
PAGE_HZ, SIP_HZ = 1000.0, 440.0

# The frequency that is loudest in what the page hears within a second, and how loud: read in the page by Web Audio.
_EARS = """async (millis) => {
  const voice = document.getElementById("phone-voice");
  if (!voice?.srcObject?.getAudioTracks().length) return { hertz: 0, loud: -200 };
  const context = new AudioContext();
  await context.resume();
  const ear = context.createAnalyser();
  ear.fftSize = 4096;
  ear.smoothingTimeConstant = 0;
  context.createMediaStreamSource(voice.srcObject).connect(ear);
  const bins = new Float32Array(ear.frequencyBinCount);
  const best = { hertz: 0, loud: -200 };
  const end = performance.now() + millis;
  while (performance.now() < end) {
    await new Promise((done) => setTimeout(done, 60));
    ear.getFloatFrequencyData(bins);
    bins.forEach((loud, at) => { if (loud > best.loud) { best.loud = loud; best.hertz = at * context.sampleRate / ear.fftSize; } });
  }
  await context.close();
  return best;
}"""


def start(home: Path, **more: Any) -> Clinic:
    """`okno up` with one operator in a page (1001), two at SIP phones (1002, 1003), one queue, and what else is said."""
    desk, second, page_desk, websocket = free_ports(4)
    ports = free_ports(3)
    own = {
        "queues": [{"name": QUEUE, "title": {"ru": "Регистратура", "en": "Front desk"}, "wrap_up_s": 0, "ring_s": 20}],
        "operators": [
            {**clinics.operator(1001, [QUEUE], page_desk), "name": "orlova", "web_phone": True},
            {**clinics.operator(1002, [], desk), "name": "klimov"},
            {**clinics.operator(1003, [], second), "name": "sedova"},
        ],
        "lines": [{"number": LINE, "source": {"ru": "Сайт", "en": "Site"}, "queue": QUEUE}],
        "pbxes": [{
            "name": "main", "managed": True, "sip_port": ports[0], "ami": {"port": ports[1]}, "members": "logged_in",
            "websocket_port": websocket, "prompts": {"consent": None},
            "trunks": [{
                "name": "trunk", "match": ["127.0.0.2"],
                "contact": f"sip:127.0.0.2:{free_port(socket.SOCK_DGRAM, '127.0.0.2')}",
            }],
        }],
    }  # fmt: skip
    return clinics.start(home, **(own | more))


def phone_of(clinic: Clinic, name: str) -> Address:
    """Where an operator's SIP phone is."""
    one = next(one for one in clinic.config["operators"] if one["name"] == name)
    return Address("127.0.0.1", int(one["contact"].rpartition(":")[2]))


def outside(clinic: Clinic) -> Address:
    """Where people outside are."""
    contact = clinic.config["pbxes"][0]["trunks"][0]["contact"]
    return Address("127.0.0.2", int(contact.rpartition(":")[2]))


class Wire:
    """The page's line to our phone door, which a test may cut: `cut()`, and until `mend()` no new one is made."""

    def __init__(self) -> None:
        self._lines: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        self._cut = False

    async def take(self, line: WebSocketRoute) -> None:
        """A line the page opens."""
        if self._cut:
            await line.close()
            return
        self._lines.append((line, line.connect_to_server()))

    async def cut(self) -> None:
        """Close it on both sides."""
        self._cut = True
        lines, self._lines = self._lines, []
        for sides in lines:
            for side in sides:
                await side.close(code=3000)

    def mend(self) -> None:
        """Let the page connect again."""
        self._cut = False


@asynccontextmanager
async def chromium(folder: Path, wire: Wire | None = None) -> AsyncIterator[Page]:
    """A page of a Chromium whose microphone says PAGE_HZ; it may be asked anything but is never prompted."""
    spoken = microphone(folder / "microphone.wav", PAGE_HZ)
    flags = [
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken}", "--allow-loopback-in-peer-connection",
        "--disable-features=WebRtcHideLocalIpsWithMdns", "--autoplay-policy=no-user-gesture-required",
    ]  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**{**LAUNCH, "args": [*LAUNCH["args"], *flags]})
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["microphone"])
        if wire is not None:
            await context.route_web_socket("**/ws/phone", wire.take)
        yield await context.new_page()
        await browser.close()


async def until(told: Callable[[], Awaitable[Any]], what: str, within_s: float = 15) -> Any:
    """Ask until the answer is true; returns it. Polled from here: the page's policy forbids waiting inside it."""
    end = time.monotonic() + within_s
    while not (answer := await told()):
        assert time.monotonic() < end, what
        await asyncio.sleep(0.1)
    return answer


async def phone(page: Page) -> dict[str, Any]:
    """The phone in the page: its state and what its call does."""
    return dict(await page.evaluate("window.oknoPhone ? {...oknoPhone.device(), ...oknoPhone.line()} : {}"))


async def ears(page: Page, millis: int = 900) -> dict[str, float]:
    """What the page hears: the loudest frequency, and its level in dB of full scale."""
    return dict(await page.evaluate(_EARS, millis))


async def order(page: Page, name: str, **args: Any) -> dict[str, Any]:
    """An order by the page's own socket."""
    ask = "([name, args]) => okno.socket.timeout(10000).emitWithAck('command', {id: crypto.randomUUID(), name, args})"
    return dict(await page.evaluate(ask, [name, args]))
