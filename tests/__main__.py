"""`python -m tests`: lint and every test, in three lanes at once, for a small machine of two cores.

What plays calls and browsers in real time mostly waits, so three together leave two cores some rest: one lane plays
calls, one computes, one has browsers and chat. Whichever is over takes what the others have not begun; what needs
Asterisk stays with the first as long as it can. What a lane ran is told when all of it is over, so that the reports do
not run into one another.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

HERE = Path(__file__).parent
PLAYED = [str(HERE / name) for name in ("system", "pbx", "chaos", "demo")]
SCREENS, CHAT = HERE / "screens", str(HERE / "chat")
COMPUTED = [*(f"--ignore={path}" for path in (*PLAYED, SCREENS, CHAT)), str(HERE)]
# In so many parts that no lane is over long before the others.
_SCREENS_IN = 4
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--durations=15"]
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Part:
    """A command of its own, and what it is called."""

    name: str
    command: list[str]

    @classmethod
    def of(cls, *arguments: str) -> Part:
        """What of the tests these arguments of pytest select."""
        name = " ".join(Path(path).stem for path in arguments if not path.startswith("--"))
        return cls(name, [*PYTEST, *arguments])


def parts() -> list[Part]:
    """What there is beside COMPUTED: what needs Asterisk first, what computes last."""
    screens = sorted(str(path) for path in SCREENS.glob("test_*.py"))
    apart = [screens[first :: _SCREENS_IN] for first in range(_SCREENS_IN)]
    lint = Part("lint", ["make", "lint", f"VENV={_BIN.parent}"])
    return [*(Part.of(path) for path in PLAYED), *(Part.of(*part) for part in apart if part), Part.of(CHAT), lint]


@dataclass
class Run:
    """All lanes: what is still to be begun, who is at work, and how each part ended."""

    waiting: deque[Part]
    lock: threading.Lock = field(default_factory=threading.Lock)
    at_work: set[subprocess.Popen[bytes]] = field(default_factory=set)
    codes: list[int] = field(default_factory=list)
    stopped: bool = False

    def lane(self, first: Part | None, *, from_the_end: bool) -> None:
        """Run `first`, then what waits, until nothing does."""
        part = first or self._next(from_the_end)
        while part is not None:
            self._run(part)
            part = self._next(from_the_end)

    def stop(self) -> None:
        """Begin nothing more, and have pytest end its own servers."""
        with self.lock:
            self.stopped = True
            for one in self.at_work:
                one.send_signal(signal.SIGINT)

    def _next(self, from_the_end: bool) -> Part | None:
        with self.lock:
            if not self.waiting:
                return None
            return self.waiting.pop() if from_the_end else self.waiting.popleft()

    def _run(self, part: Part) -> None:
        with tempfile.TemporaryFile() as report:
            with self.lock:
                if self.stopped:
                    return
                one = subprocess.Popen(
                    part.command, cwd=HERE.parent, stdout=report, stderr=subprocess.STDOUT, start_new_session=True
                )  # fmt: skip
                self.at_work.add(one)
            begun = time.monotonic()
            print(f"{part.name}: begun", flush=True)
            code = one.wait()
            report.seek(0)
            with self.lock:
                self.at_work.discard(one)
                self.codes.append(code)
                sys.stdout.buffer.write(report.read())
                print(f"{part.name}: over after {(time.monotonic() - begun) / 60:.1f} min, code {code}", flush=True)


def main() -> int:
    """Run everything, print each report, return the first code that is not 0."""
    run = Run(deque(parts()))
    lanes = [
        threading.Thread(target=run.lane, args=(None,), kwargs={"from_the_end": False}),
        threading.Thread(target=run.lane, args=(Part.of(*COMPUTED),), kwargs={"from_the_end": True}),
        threading.Thread(target=run.lane, args=(None,), kwargs={"from_the_end": True}),
    ]

    def stop(number: int, frame: FrameType | None) -> None:
        run.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for lane in lanes:
        lane.start()
    for lane in lanes:
        while lane.is_alive():  # a thread that is joined without a time takes no signals
            lane.join(0.5)
    return 1 if run.stopped else next((code for code in run.codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
