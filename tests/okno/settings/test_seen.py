"""The last directory seen: kept for us alone, used while the engine is away, until the YAML says something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from okno.settings import Runtime, Settings
from okno.settings.seen import FILE, keep, lately, misfit

YAML = Settings.model_validate({"queues": [{"name": "front", "title": {"ru": "Front"}}]})
DOCUMENT = {"queues": [{"name": "front", "title": {"ru": "Front"}}, {"name": "lab", "title": {"ru": "Lab"}}]}


def test_what_was_kept_is_there_with_its_version(tmp_path: Path) -> None:
    runtime = Runtime(YAML, tmp_path)
    assert lately(runtime) == (runtime, 0)
    keep(runtime, 7, DOCUMENT)
    seen, version = lately(runtime)
    assert (version, [one.name for one in seen.settings.queues]) == (7, ["front", "lab"])
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_changed_yaml_wins(tmp_path: Path) -> None:
    keep(Runtime(YAML, tmp_path), 7, DOCUMENT)
    other = replace(Runtime(YAML, tmp_path), settings=Settings())
    assert lately(other) == (other, 0) and misfit(other) == ""


def test_what_cannot_be_read_or_fits_no_more_is_passed_over(tmp_path: Path) -> None:
    runtime = Runtime(YAML, tmp_path)
    keep(runtime, 7, {"operators": [{"name": "a", "title": {"ru": "A"}, "extension": "1001", "pbx": "gone"}]})
    assert lately(runtime) == (runtime, 0)
    assert misfit(runtime) == (
        "version 7, the last one seen here, does not fit okno.yaml: operators[0].pbx: there is no PBX named 'gone'"
    )
    for text in ("", "{}", "[1]", '{"version": "x"'):
        (tmp_path / FILE).write_text(text)
        assert lately(runtime) == (runtime, 0) and misfit(runtime) == ""
