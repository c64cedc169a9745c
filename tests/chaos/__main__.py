"""`python -m tests.chaos`: the long chaos run; exit 1 when a call was lost, doubled or without a request."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from pathlib import Path

from tests.chaos.run import Wanted, run


def main() -> int:
    """Run as the arguments say, print the report and write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="how many calls (default: 2000)")
    parser.add_argument("--kills", type=int, default=20, help="faults of each of the six kinds (default: 20)")
    parser.add_argument("--rate", type=float, default=1.5, help="calls a second (default: 1.5)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="repeats a run")
    parser.add_argument("--settle", type=float, default=180, help="seconds to wait for quiet at the end (default: 180)")
    parser.add_argument("--out", type=Path, default=Path("build/chaos.json"), help="where the figures go, as JSON")
    parser.add_argument("--keep", type=Path, help="a directory to keep logs, traces and the PBX's journal in")
    parser.add_argument("--debug", action="store_true", help="services log at debug")
    args = parser.parse_args()
    wanted = Wanted(
        args.calls, args.kills, args.rate, args.seed, args.settle, args.keep, "debug" if args.debug else "info",
        look_for_leaks=True,
    )  # fmt: skip
    report = asyncio.run(run(wanted, lambda line: print(line, flush=True)))
    report.write(args.out)
    print(report.text())
    print(f"\n{'kept' if report.kept else 'NOT KEPT'}: promise P1 (figures in {args.out})")
    return 0 if report.kept else 1


if __name__ == "__main__":
    sys.exit(main())
