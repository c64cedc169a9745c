"""Play scenarios one after the other and keep each one's AMI, CEL and queue_log.

`python -m tests.pbx.matrix.record FOLDER [scenario …]`; `--at-once` plays all together into one recording;
`--again` plays nothing and reads what FOLDER's recordings hold.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from okno.settings.model import Settings
from tests.pbx.matrix.feeds import by_ami, by_journal
from tests.pbx.matrix.play import Expected, Leg, Scenario
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


FEEDS = {"ami": by_ami, "journal": by_journal}


def report(settings: Settings, scenarios: Sequence[Scenario], played: Played) -> list[str]:
    """What is not right in a run, by each feed that a recording has."""
    lines = [f"BROKEN {name}: {problem!r}" for name, problem in played.broken.items()]
    for feed, read in FEEDS.items():
        try:
            calls = read(settings, played)
        except Exception as problem:
            # What was recorded of the PBX is good even while what reads it is not.
            lines.append(f"UNREAD by {feed}:\n{''.join(traceback.format_exception(problem)[-4:])}")
            continue
        for one in scenarios:
            if one.name in played.expected and (flaw := differences(one, played.expected[one.name], calls)):
                lines.append(f"--- {feed}: {one.name}\n{flaw}")
        if nobodys := strangers(every(), calls):
            lines.append(f"--- {feed}: calls of nobody\n{nobodys}")
    return lines


def reread(folder: Path) -> list[str]:
    """What is not right in a recording that was kept."""
    settings = Settings.model_validate_json((folder / "settings.json").read_text("utf-8"))
    known = {one.name: one for one in every()}
    said = json.loads((folder / "expected.json").read_text("utf-8"))
    played = Played(
        expected={name: [_expected(call) for call in calls] for name, calls in said.items()},
        **{name: (folder / name).read_bytes() for name in ("ami", "cel", "queue_log")},
        until=datetime.fromtimestamp((folder / "ami").stat().st_mtime, UTC),
    )  # fmt: skip
    return report(settings, [known[name] for name in said if name in known], played)


def _expected(call: dict[str, Any]) -> Expected:
    visits = call["visits"] if call["visits"] is None else [tuple(one) for one in call["visits"]]
    return Expected(**{**call, "legs": [Leg(**leg) for leg in call["legs"]], "visits": visits})


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
                print(name, "is as expected" if not (flaws := report(stage.bench.settings, group, played)) else "", *flaws, sep="\n")
            strange = "".join(process.unexpected() for process in stage.bench.started)
            print("SIPp met nothing unexpected" if not strange else f"SIPp met:\n{strange[:4000]}")


if __name__ == "__main__":
    where, *names = [one for one in sys.argv[1:] if not one.startswith("--")]
    if "--again" in sys.argv:
        for kept in sorted(one.parent for one in Path(where).glob("**/expected.json")):
            if not names or kept.name in names:
                print(kept.name, *(reread(kept) or ["is as expected"]), sep="\n")
    else:
        asyncio.run(record(Path(where), names, "--at-once" in sys.argv))
