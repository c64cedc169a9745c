"""What is done with one caller's channel, in FastAGI's words: he hears sounds, presses keys, leaves a message.

Before each order the channel is given so long and no longer (`TIMEOUT(absolute)`): an engine that stands still in the
middle cannot keep a caller in silence, the dialplan takes him on (FastAGI itself knows no timeout).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.agi.wire import Gone, Refused, Wire, quoted
from okno import clock

# The longest that all sounds of one order may last together.
SOUNDS_S = 120
# Between two orders the engine thinks, asks the MIS at most.
THINK_S = 15
_ASK_S = 5.0
# So many characters of a line Asterisk takes; the names of sounds are short, but a date has many.
_LINE_SOUNDS = 30
_SOUND = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_-]{0,119}")
_KEYS = re.compile(r"[0-9A-D*#]*")


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys; `timed_out`: he stopped before they were all there."""

    keys: str
    timed_out: bool


class Phone:
    """A caller's channel.

    Args:
        wire: his connection.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def note(self, variable: str, value: str) -> None:
        """Set a variable of the channel. Raises Gone."""
        await self._wire.ask(f"SET VARIABLE {variable} {quoted(value)}", _ASK_S)

    async def noted(self, variable: str) -> str:
        """Return a variable of the channel, empty when it has none. Raises Gone."""
        return (await self._wire.ask(f"GET VARIABLE {variable}", _ASK_S)).data

    async def play(self, sounds: Sequence[str], stop_on: str = "") -> str:
        """Play sounds one after another; returns the key of `stop_on` that ended it. Raises Gone."""
        for some in _portions(sounds):
            await self._within(SOUNDS_S)
            if not stop_on:
                await self._run("Playback", "&".join(some), SOUNDS_S)
                continue
            for sound in some:
                answer = await self._ask(f"STREAM FILE {sound} {quoted(_keys(stop_on))}", SOUNDS_S)
                if answer not in ("", "0"):
                    return chr(int(answer))
        return ""

    async def read(self, sounds: Sequence[str], most: int, wait_s: float, end_on: str) -> Pressed:
        """Play, and gather keys, those pressed meanwhile too. `wait_s` from key to key. Raises Gone."""
        portions = list(_portions(sounds)) or [()]
        for some in portions[:-1]:
            await self.play(some)
        longest = SOUNDS_S + wait_s * (most + 1)
        await self._within(longest)
        words = f"OKNO_KEYS,{'&'.join(portions[-1])},{most},t({_keys(end_on)}),1,{wait_s:g}"
        await self._run("Read", words, longest)
        status, keys = await self.noted("READSTATUS"), await self.noted("OKNO_KEYS")
        if status == "HANGUP":
            self._wire.hung_up = True
            raise Gone
        return Pressed(keys if _KEYS.fullmatch(keys) else "", timed_out=status != "OK")

    async def record(self, file: str, most_s: int, silence_s: int) -> float:
        """Record until he is silent or presses `#`; returns the seconds. Hung up, the file is kept. Raises Gone."""
        await self._within(most_s + THINK_S)
        began = clock.monotonic()
        await self._run("Record", f"{file},{silence_s},{most_s},k", most_s + THINK_S)
        return clock.monotonic() - began

    async def think(self) -> None:
        """Nothing is heard for a moment. Raises Gone."""
        await self._within(THINK_S)

    async def _within(self, seconds: float) -> None:
        await self.note("TIMEOUT(absolute)", f"{seconds:.0f}")

    async def _run(self, application: str, words: str, within_s: float) -> None:
        await self._ask(f"EXEC {application} {quoted(words)}", within_s)

    async def _ask(self, command: str, within_s: float) -> str:
        try:
            answer = await self._wire.ask(command, within_s + _ASK_S)
        except Refused:  # what he does not hear is no reason to lose him
            return ""
        if answer.over or self._wire.hung_up:
            raise Gone
        return answer.result


def _portions(sounds: Sequence[str]) -> list[tuple[str, ...]]:
    """The sounds that are names of files, in lines that are not too long."""
    good = [sound for sound in sounds if _SOUND.fullmatch(sound)]
    return [tuple(good[first : first + _LINE_SOUNDS]) for first in range(0, len(good), _LINE_SOUNDS)]


def _keys(keys: str) -> str:
    return "".join(key for key in keys if key in "0123456789*#")
