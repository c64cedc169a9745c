"""Play scenarios one after the other and keep each one's AMI, CEL and queue_log.

`python -m tests.pbx.matrix.record FOLDER [scenario …]`; `--at-once` plays all together into one recording.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.pbx.matrix.feeds import by_ami
from tests.pbx.matrix.play import Scenario
from tests.pbx.matrix.run import Played, every, perform
from tests.pbx.matrix.stage import Stage, standing
from tests.pbx.matrix.verdict import differences, strangers


def keep(folder: Path, stage: Stage, played: Played) -> None:
    """Write a recording: the bytes, the settings they were made with, what is expected of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ami", "cel", "queue_log"):
        (folder / name).write_bytes(getattr(played, name))
    (folder / "settings.json").write_text(stage.bench.settings.model_dump_json(indent=1), "utf-8")
    expected = {name: [asdict(one) for one in calls] for name, calls in played.expected.items()}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False), "utf-8")


def report(stage: Stage, scenarios: Sequence[Scenario], played: Played) -> list[str]:
    """What is not right in a run, by AMI."""
    lines = [f"BROKEN {name}: {problem!r}" for name, problem in played.broken.items()]
    try:
        feed = by_ami(stage.bench.settings, played)
    except Exception as problem:
        # What was recorded of the PBX is good even while what reads it is not.
        return [*lines, f"UNREAD by AMI: {problem!r}"]
    for one in scenarios:
        if one.name in played.expected and (flaw := differences(one, played.expected[one.name], feed)):
            lines.append(f"--- {one.name}\n{flaw}")
    if nobodys := strangers(scenarios, feed):
        lines.append(f"--- calls of nobody\n{nobodys}")
    return lines


async def record(folder: Path, wanted: Sequence[str], at_once: bool) -> None:
    """Play and write; prints what AMI alone makes of it."""
    scenarios = [one for one in every() if not wanted or one.name in wanted]
    groups = [scenarios] if at_once else [[one] for one in scenarios]
    with tempfile.TemporaryDirectory(prefix="okno-matrix-") as home:
        async with standing(Path(home), scenarios) as stage:
            for group in groups:
                played = await perform(stage, group)
                name = "all-at-once" if at_once else group[0].name
                keep(folder / name, stage, played)
                print(name, "is as expected" if not (flaws := report(stage, group, played)) else "", *flaws, sep="\n")
            strange = "".join(process.unexpected() for process in stage.bench.started)
            print("SIPp met nothing unexpected" if not strange else f"SIPp met:\n{strange[:4000]}")


if __name__ == "__main__":
    arguments = [one for one in sys.argv[1:] if one != "--at-once"]
    asyncio.run(record(Path(arguments[0]), arguments[1:], "--at-once" in sys.argv))
