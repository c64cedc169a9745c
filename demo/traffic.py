"""`python -m demo.traffic`: the demo clinic's phones and patients, until SIGTERM or Ctrl-C. Leaves nothing running."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Sequence
from random import Random

from demo import patients, phones, sipp
from demo.patients import Placed
from demo.scenarios import Call, Doing
from demo.sipp import Address, Sipp
from okno.errors import OknoError, TheirFault
from okno.settings import Settings, runtime

# More at once than this is a load test, not a demo.
AT_ONCE = 60
# A PBX that has just begun may not take the first log-ins.
TRIES = 5


class PhonesDied(TheirFault):
    """The demo's phones do not run: is another demo using their ports?"""


class Traffic:
    """The day of the demo clinic.

    Args: the settings; where luck comes from (a seeded one repeats the day).
    """

    def __init__(self, settings: Settings, dice: Random) -> None:
        self._settings = settings
        self._dice = dice
        self._phones: list[Sipp] = []
        self._calls: set[Sipp] = set()
        self.placed = 0

    async def run(self) -> None:
        """Place calls until cancelled. Raises NoSipp, PhonesDied."""
        self._phones = phones.start(self._settings)
        try:
            await asyncio.sleep(0.5)
            await self._log_in()
            while True:
                self._look()
                self._bury()
                if self._settings.demo.calls_per_minute and len(self._calls) < AT_ONCE:
                    self._place(patients.next_call(self._settings, self._dice))
                await asyncio.sleep(patients.pause_s(self._settings, self._dice))
        finally:
            for process in [*self._calls, *self._phones]:
                process.stop()

    async def _log_in(self) -> None:
        """The operators come to work: each phone dials its code, again while the PBX is not ready for it."""
        calls = phones.log_ins(self._settings)
        for _ in range(TRIES if calls else 0):
            self._look()
            working = self._start(calls, from_phone=True, patience_s=10.0)
            try:
                if await working.wait() == 0:
                    return
            finally:
                working.stop()
            await asyncio.sleep(1.0)

    def _look(self) -> None:
        """Raise PhonesDied when they did."""
        if not all(phone.running for phone in self._phones):
            raise PhonesDied

    def _place(self, placed: Placed) -> None:
        self._calls.add(self._start(
            [placed.call], from_phone=placed.from_phone, patience_s=placed.patience_s, doing=placed.doing
        ))  # fmt: skip
        self.placed += 1

    def _start(
        self, calls: Sequence[Call], *, from_phone: bool, patience_s: float, doing: Doing | None = None
    ) -> Sipp:  # fmt: skip
        pbx = self._settings.pbxes[0]
        host = "127.0.0.1" if from_phone else "127.0.0.2"
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
            probe.bind((host, 0))
            port = probe.getsockname()[1]
        return sipp.calls(
            Address(host, port), Address(pbx.sip_host, pbx.sip_port), calls, patience_s=patience_s, doing=doing
        )

    def _bury(self) -> None:
        """Forget the calls that are over."""
        for call in [call for call in self._calls if not call.running]:
            call.stop()
            self._calls.discard(call)


async def day(settings: Settings, dice: Random) -> None:
    """Run the traffic until SIGTERM or SIGINT. Raises NoSipp, PhonesDied."""
    work = asyncio.ensure_future(Traffic(settings, dice).run())
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work


def main() -> int:
    """Run for the settings of OKNO_CONFIG; returns the exit code."""
    try:
        settings = runtime().settings
        if not settings.pbxes or not settings.lines:
            print("demo.traffic: the settings name no PBX or no lines to call", file=sys.stderr)
            return 1
        working = sum(bool(operator.queues) for operator in settings.operators)
        print(f"{working} phones, about {settings.demo.calls_per_minute:g} calls a minute", flush=True)
        asyncio.run(day(settings, Random()))
    except OknoError as fault:
        print(f"demo.traffic: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
