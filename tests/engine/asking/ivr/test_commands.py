"""`okno ivr check` and `okno ivr try`, as typed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from okno.command.cli import main
from okno.resources import folder

DEMO = ["--config", str(folder("demo") / "okno.demo.yaml")]
# The demo's desk never closes but on New Year's Day: then its menu of closed hours is heard.
DAY, SHUT = ["--at", "2026-11-20T12:00"], ["--at", "2027-01-01T03:00"]
BROKEN = """
queues: [{name: front, title: {ru: Очередь}}]
flows:
  good: {start: wait, steps: {wait: {kind: queue, queue: front}}}
  bad:
    start: hello
    steps:
      hello: {kind: play, prompts: [hello], next: menu}
      menu: {kind: menu, prompts: [hello], choices: [{key: "1", next: nowhere}], otherwise: hello}
      alone: {kind: leave}
prompts:
  hello: {label: {ru: Привет}, text: {en: Hello}}
"""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those typed."""
    monkeypatch.setenv("OKNO_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("OKNO_CONFIG", "")


def tried(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> list[str]:
    """What `okno ivr try` printed of a flow of the demo clinic."""
    assert main(["ivr", "try", *words, *DEMO]) == code
    return capsys.readouterr().out.splitlines()


def test_the_demo_clinic_s_flows_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ivr", "check", *DEMO]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "+ flows.main", "+ flows.closed", "+ flows.rating"
    ]  # fmt: skip


def test_every_mistake_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "okno.yaml"
    file.write_text(BROKEN)
    assert main(["ivr", "check", "--config", str(file)]) == 1
    words = "the prompt 'hello' has neither a file nor words in ru"
    assert capsys.readouterr().out.splitlines() == [
        "- flows.bad.steps.hello: goes round without a choice of the caller: hello → menu → hello",
        f"- flows.bad.steps.hello.prompts[0]: {words}",
        "- flows.bad.steps.menu.choices[0].next: there is no step named 'nowhere'",
        f"- flows.bad.steps.menu.prompts[0]: {words}",
        "? flows.bad.steps.alone: nothing leads here",
        "+ flows.good: 1 steps",
    ]
    assert main(["ivr", "check", "--json", "--config", str(file)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {(one["flow"], one["step"], one["word"], one["level"]) for one in told} >= {
        ("bad", "menu", "no_step", "error"), ("bad", "alone", "unreachable", "warning")
    }  # fmt: skip


def test_settings_without_flows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "okno.yaml"
    file.write_text("log_level: info\n")
    assert main(["ivr", "check", "--config", str(file)]) == 0
    assert capsys.readouterr().out == "no flows\n"


@pytest.mark.parametrize(("words", "end"), [
    (["--keys", "1", *DAY], "= queue registry"),
    (["--keys", "0", *DAY], "= queue registry"),
    (["--keys", ",,", *DAY], "= queue registry"),
    (["--keys", "1,1", "--wait", "600", *DAY, "--phone", "+79990000001"], "= promised"),
    (["--keys", "2", *DAY], "= queue registry"),
    (["--keys", "2,05031980,1", *DAY, "--phone", "89990000001", "--visit"], "= done"),
    (["--keys", "2,05031980,2,1", *DAY, "--phone", "89990000001", "--visit"], "= done"),
    (["--keys", "2,05031980,2,0", *DAY, "--phone", "89990000001", "--visit"], "= queue registry"),
    (["--keys", "2,05031980,0", *DAY, "--phone", "89990000001"], "= queue registry"),
    (["--keys", "3,1,", *DAY], "= done"),
    (["--keys", "4,1", *DAY, "--phone", "+79990000001"], "= promised"),
    (["--keys", "4,89990000105#,1", *DAY], "= promised"),
    (["--keys", "4,,", *DAY], "= queue registry"),
    (["--keys", "9,1", *DAY], "= queue registry"),
    (["--keys", "1,1", *SHUT, "--phone", "+79990000001"], "= promised"),
    (["--keys", "2,7", *SHUT], "= voicemail"),
    (["--keys", "2,", *SHUT], "= hangup"),
    (["--keys", "3", *SHUT], "= done"),
    (["--keys", ",,", *SHUT], "= hangup"),
    (["--keys", "*,2,9", "--at", "2026-12-31T20:00:00+00:00"], "= voicemail"),
])  # fmt: skip
def test_every_leaf_of_the_demo_clinic_s_menu(
    words: list[str], end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(capsys, "main", *words)[-1] == end


@pytest.mark.parametrize(("words", "end"), [
    (["--keys", "1,1", "--phone", "+79990000001"], "= promised"),
    (["--keys", "1,2,89990000105#,1", "--phone", "+79990000001"], "= promised"),
    (["--keys", "2,7"], "= voicemail"),
    (["--keys", "2,"], "= hangup"),
    (["--keys", "3"], "= done"),
    (["--keys", ",,"], "= hangup"),
    (["--keys", "*,2,9"], "= voicemail"),
])  # fmt: skip
@pytest.mark.parametrize("at", [DAY, SHUT, ["--at", "2026-11-20T03:00"]])
def test_every_leaf_of_the_closed_branch_s_menu_at_any_hour(
    words: list[str], end: str, at: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(capsys, "closed", *words, *at)[-1] == end


def test_what_is_heard_and_pressed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = tried(capsys, "main", "--keys", "2,05031980,1", *DAY, "--phone", "+79990000001", "--visit")
    at = lines.index("[tell]")
    assert lines[at - 3 : at + 2] == [
        "  > 05031980", "[find]", "  visit: true", "[tell]",
        "  Вы записаны на сегодня двадцатое ноября в десять часов тридцать минут",
    ]  # fmt: skip
    assert lines.count("[menu]") == 1


def test_in_english_from_the_key_on(capsys: pytest.CaptureFixture[str]) -> None:
    lines = tried(capsys, "main", "--keys", "9,1", *DAY, "--waiting", "20", "--wait", "70")
    assert lines[-2] == "  you are number twenty one in the queue the expected waiting time is about two minutes"


def test_keys_are_typed_and_the_end_of_typing_hangs_up(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("5\nkey 1\n"))
    assert tried(capsys, "rating", code=0)[-1] == "= done"
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert tried(capsys, "rating", code=1)[-1] == "= hangs up"


@pytest.mark.parametrize(("words", "told"), [
    (["nowhere"], "there is no flow named 'nowhere'; known: main, closed, rating"),
    (["main", "--phone", "12"], "--phone: this is no phone number"),
    (["main", "--at", "noon"], "--at: a time is 2026-11-21T08:00"),
])  # fmt: skip
def test_bad_words_are_one_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ivr", "try", *words, *DEMO]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"okno: {told}") and error.count("\n") == 1
