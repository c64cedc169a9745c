"""Log lines are JSON, go to stderr and a private rotating file, and carry nobody's data by any way in."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okno import logs
from okno.logs.handlers import JsonLines

CANARY = "+79990001122"


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Put logging back as it was: it is one for the process."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook
    yield
    for handler in root.handlers[:]:
        if handler not in before[0]:
            root.removeHandler(handler)
            handler.close()
    root.handlers[:], logging.raiseExceptions, sys.excepthook = before[0], before[2], before[3]
    root.setLevel(before[1])
    logging.captureWarnings(False)


def lines(folder: Path, service: str = "engine") -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / f"{service}.log").read_text().splitlines()]


def test_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup("engine", "info", tmp_path)
    log = logs.get("engine.calls")
    log.info("call_ended", extra={"call": "c1", "wait_ms": 12345678, "caller": CANARY})
    log.debug("not shown")
    [line] = lines(tmp_path)
    assert line.pop("at", "")
    assert line == {
        "level": "info",
        "service": "engine",
        "from": "engine.calls",
        "event": "call_ended",
        "call": "c1",
        "wait_ms": 12345678,
        "caller": "•withheld•",
    }
    assert '"event":"call_ended"' in capsys.readouterr().err
    assert stat.S_IMODE((tmp_path / "engine.log").stat().st_mode) == 0o600


def test_set_up_twice_is_set_up_once(tmp_path: Path) -> None:
    logs.setup("engine", "info", tmp_path)
    logs.setup("engine", "debug", tmp_path)
    logs.get("okno.x").debug("once")
    assert [line["event"] for line in lines(tmp_path)] == ["once"]


@pytest.mark.parametrize("spelling", [CANARY, "8 (999) 000-11-22", "9990001122", "7 999 000 11 22", "8-999-000-11-22"])
def test_no_way_in_carries_a_number(tmp_path: Path, spelling: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup("engine", "debug", tmp_path)
    log = logs.get("engine.x")
    log.info("rang " + spelling)
    log.info("rang %s", spelling)
    log.info("rang %(n)s", {"n": spelling})
    log.info("rang", extra={"who": spelling, "deep": {"a": [spelling]}, spelling: 1})
    log.info({"a": spelling})
    log.info("too %s %s", spelling)  # noqa: PLE1206  a mistake of the caller's must not spill it either
    log.info("%d", spelling)
    try:
        try:
            raise ValueError(spelling)
        except ValueError as error:
            raise KeyError(f"Щукоедов {spelling}") from error
    except KeyError:
        log.exception("failed")
        log.info("with", exc_info=True, stack_info=True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"warned of {spelling}", stacklevel=1)
    logging.getLogger("stranger").warning("Task exception: ValueError('Shchukoedov %s')", spelling)
    sys.excepthook(ValueError, ValueError(spelling), None)
    written = (tmp_path / "engine.log").read_text() + capsys.readouterr().err
    assert len(lines(tmp_path)) == 12
    for canary in (spelling, "9990001122", "000-11-22", "Щукоедов", "Shchukoedov"):
        assert canary not in written


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.none())))
def test_any_record_is_one_line_of_json(message: str, fields: dict[str, object]) -> None:
    record = logging.LogRecord("engine.x", logging.INFO, "f.py", 1, message, (), None)
    for key, value in fields.items():
        record.__dict__.setdefault(key, value)
    line = JsonLines("engine").format(record)
    assert "\n" not in line
    assert json.loads(line)["service"] == "engine"


def test_the_file_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okno.logs.handlers._FILE_BYTES", 2000)
    logs.setup("engine", "info", tmp_path)
    for number in range(200):
        logs.get("okno.x").info("line", extra={"turn": number})
    assert {path.name for path in tmp_path.iterdir()} == {
        "engine.log",
        *(f"engine.log.{number}" for number in range(1, 6)),
    }
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())


def test_a_process_that_dies_says_so_without_a_traceback(tmp_path: Path) -> None:
    program = f"import okno.logs; okno.logs.setup('engine', 'info'); raise ValueError('{CANARY}')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert json.loads(ended.stderr)["event"] == "process_died"
    assert CANARY not in ended.stderr and "Traceback" not in ended.stderr
