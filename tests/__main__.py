"""`python -m tests`: every test, in two lanes at once, one for each core of a small machine.

What plays calls and browsers in real time mostly waits, the rest mostly computes. The computing lane is told when it
is over, so that the reports do not run into one another.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PLAYED = [str(HERE / name) for name in ("chaos", "demo", "pbx", "screens", "system")]
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--durations=15"]
# pytest's own word for «no tests were collected» is no success here either.
LOST = 99


def main() -> int:
    """Run both lanes, print both reports, return the first code that is not 0."""
    with tempfile.TemporaryFile() as report:
        computed = subprocess.Popen(
            [*PYTEST, *(f"--ignore={path}" for path in PLAYED), str(HERE)],
            stdout=report, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        codes = [LOST, LOST]
        try:
            codes[0] = subprocess.call([*PYTEST, *PLAYED])
            codes[1] = computed.wait()
        finally:
            if computed.poll() is None:
                computed.send_signal(signal.SIGINT)  # pytest ends its own servers then
                computed.wait()
            report.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(report.read())
            sys.stdout.flush()
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(LOST))
    sys.exit(main())
