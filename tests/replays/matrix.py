"""The recorded scenario matrix: each scenario's AMI bytes, one file each, and what must come of them.

`python -m tests.replays.matrix FOLDER` takes the recordings that `python -m tests.pbx.matrix.record FOLDER` has made;
with `--add` it keeps those it has of other scenarios, and the clinic grows by what the new ones need.
"""

from __future__ import annotations

import gzip
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from okno.settings.model import Settings
from tests.pbx.matrix.play import Expected, Leg

HERE = Path(__file__).parent / "matrix"
SETTINGS, EXPECTED = HERE / "settings.json.gz", HERE / "expected.json"


@cache
def settings() -> Settings:
    """The clinic the recordings were made in."""
    return Settings.model_validate_json(gzip.decompress(SETTINGS.read_bytes()))


@cache
def expected() -> dict[str, list[Expected]]:
    """What must come of each recording; talk seconds as the phones measured them."""
    said = json.loads(EXPECTED.read_text("utf-8"))
    return {name: [_expected(call) for call in calls] for name, calls in said.items()}


def recording(name: str) -> Path:
    """The AMI bytes of a scenario."""
    return HERE / f"{name}.ami"


def take(folder: Path) -> None:
    """Keep the recordings of a folder instead of those there are."""
    HERE.mkdir(exist_ok=True)
    said: dict[str, Any] = {}
    made = sorted(one for one in folder.iterdir() if (one / "expected.json").is_file())
    for old in HERE.glob("*.ami"):
        old.unlink()
    for one in made:
        said |= json.loads((one / "expected.json").read_text("utf-8"))
        recording(one.name).write_bytes((one / "ami").read_bytes())
    EXPECTED.write_text(json.dumps(said, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    # A scenario that was recorded again later stood on a stage of its own; the largest stage had them all. No time in it:
    # the file is the same when nothing has changed.
    largest = max((one / "settings.json" for one in made), key=lambda file: file.stat().st_size)
    SETTINGS.write_bytes(gzip.compress(largest.read_bytes(), mtime=0))


def add(folder: Path) -> None:
    """Keep the recordings of a folder beside those of other scenarios."""
    said = json.loads(EXPECTED.read_text("utf-8"))
    whole = json.loads(gzip.decompress(SETTINGS.read_bytes()))
    for one in sorted(one for one in folder.iterdir() if (one / "expected.json").is_file()):
        said |= json.loads((one / "expected.json").read_text("utf-8"))
        recording(one.name).write_bytes((one / "ami").read_bytes())
        more = json.loads((one / "settings.json").read_text("utf-8"))
        for section, key in (("queues", "name"), ("operators", "name"), ("lines", "number")):
            known = {entry[key] for entry in whole[section]}
            whole[section] += [entry for entry in more[section] if entry[key] not in known]
    EXPECTED.write_text(json.dumps(said, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    SETTINGS.write_bytes(gzip.compress(json.dumps(whole, indent=1, ensure_ascii=False).encode(), mtime=0))


def _expected(call: dict[str, Any]) -> Expected:
    visits = call["visits"] if call["visits"] is None else [tuple(one) for one in call["visits"]]
    return Expected(**{**call, "legs": [Leg(**leg) for leg in call["legs"]], "visits": visits})


if __name__ == "__main__":
    (add if "--add" in sys.argv else take)(Path(sys.argv[1]))
