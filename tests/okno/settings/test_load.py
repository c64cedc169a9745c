"""Every mistake is named by file, line and key, in plain words, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.settings import Settings, SettingsError, load_settings, parse_settings, runtime

WRONG = """\
clinic:
  name: 5
  timezone: Mars/Olympus
  lang: ru
database_url: postgresql://a:b@h/
queues:
  - name: reg
    title: {ru: Регистратура, en: Reception}
    ring_s: 1
  - name: reg
    titel: {ru: a}
lines:
  - {number: 123456, queue: nope, source: {ru: s}}
web:
  port: abc
  port: 3
  workers: 1.5
queus: []
hours:
  day: {week: {mon: ["8-9"], sunday: []}}
log_level: loud
operators:
  - name: Орлова
    title: {}
    extension: 12
  - 5
pbxes: {}
demo:
  talk_s: [1]
"""


def test_every_mistake_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(WRONG, "okno.yaml")
    assert str(caught.value).splitlines() == [
        "okno.yaml:2: clinic.name: must be a text; put it in quotes",
        "okno.yaml:3: clinic.timezone: there is no such time zone; for example Asia/Yekaterinburg",
        "okno.yaml:4: clinic.lang: there is no such setting; did you mean language?",
        "okno.yaml:5: database_url: a password does not belong in this file; set OKNO_DATABASE_URL instead",
        "okno.yaml:9: queues[0].ring_s: must be 3 or more",
        "okno.yaml:10: queues[1].name: is given twice",
        "okno.yaml:10: queues[1].title: must be given",
        "okno.yaml:11: queues[1].titel: there is no such setting; did you mean title?",
        "okno.yaml:13: lines[0].number: must be a text; put it in quotes",
        "okno.yaml:13: lines[0].queue: there is no queue named 'nope'",
        "okno.yaml:16: web.port: is given twice",
        "okno.yaml:17: web.workers: must be a whole number",
        "okno.yaml:18: queus: there is no such setting; did you mean queues?",
        "okno.yaml:20: hours.day.week.mon[0]: must look like a span of hours: 08:00-20:00",
        "okno.yaml:20: hours.day.week.sunday: must be one of 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'",
        "okno.yaml:21: log_level: must be one of 'debug', 'info', 'warning' or 'error'",
        "okno.yaml:23: operators[0].name: must look like a short name: small Latin letters, digits, _ and -, "
        "a letter first",
        "okno.yaml:24: operators[0].title: must have a name in ru or en",
        "okno.yaml:25: operators[0].extension: must be a text; put it in quotes",
        "okno.yaml:26: operators[1]: must be a group of keys",
        "okno.yaml:27: pbxes: must be a list",
        "okno.yaml:29: demo.talk_s[1]: must be given",
    ]
    assert (caught.value.file, caught.value.line, caught.value.key_path) == ("okno.yaml", 2, "clinic.name")
    assert len(caught.value.others) == 21


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1\nb: 2", "okno.yaml:2: this is not YAML: "),
        ("- 1", "okno.yaml:1: must be settings, one `key: value` a line"),
        ("5", "okno.yaml:1: must be settings"),
        ("1: 2", "okno.yaml:1: 1: a key must be a text; put it in quotes"),
        ("demo: {calls_per_minute: .nan}", "okno.yaml:1: demo.calls_per_minute: must be"),
        ("web: null", "okno.yaml:1: web: must be a group of keys"),
        ("clinic: {country: ru}", "okno.yaml:1: clinic.country: must look like a country: two capital letters"),
        (
            "pbxes: [{name: a, ami: {porrt: 1}}]",
            "okno.yaml:1: pbxes[0].ami.porrt: there is no such setting; did you mean port?",
        ),
        ("outcomes: {a: {de: x}}", "okno.yaml:1: outcomes.a.de: must be one of 'ru' or 'en'"),
        ("join_empty: maybe", "okno.yaml:1: join_empty: there is no such setting"),
        ("pbxes: [{name: a, managed: maybe}]", "okno.yaml:1: pbxes[0].managed: must be true or false"),
        ("pbxes: [{name: a, asterisk: 5}]", "okno.yaml:1: pbxes[0].asterisk: must be a path"),
        (
            "pbxes: [{name: a, rtp_ports: [1, 2, 3]}]",
            "okno.yaml:1: pbxes[0].rtp_ports: must have no more than 2 entries",
        ),
    ],
)
def test_single_mistakes(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert str(caught.value).startswith(words), str(caught.value)


@given(st.text(alphabet="abcpqrtuweio:-[]{}'\"# \n0_", max_size=80))
def test_any_text_is_settings_or_named_mistakes(text: str) -> None:
    try:
        assert isinstance(parse_settings(text), Settings)
    except SettingsError as error:
        assert all(line.startswith("okno.yaml:") for line in str(error).splitlines())


def test_an_empty_or_all_comment_file_is_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "okno.yaml"
    for text in ("", "# nothing\n", "\ufeff# from a Windows editor\n", "---\n"):
        path.write_text(text, "utf-8")
        assert load_settings(path) == Settings()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yaml: there is no such file"):
        load_settings(tmp_path / "none.yaml")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_settings(tmp_path)
    (tmp_path / "bin.yaml").write_bytes(b"clinic:\n  name: \xff\xfe\n")
    with pytest.raises(SettingsError, match=r"bin\.yaml:2: the file is not UTF-8"):
        load_settings(tmp_path / "bin.yaml")


def test_the_environment_names_the_file_and_the_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKNO_CONFIG", raising=False)
    assert load_settings(None) == Settings()
    (tmp_path / "okno.yaml").write_text("clinic: {name: Здоровье}\n", "utf-8")
    monkeypatch.setenv("OKNO_CONFIG", str(tmp_path / "okno.yaml"))
    monkeypatch.setenv("OKNO_STATE", str(tmp_path / "state"))
    found = runtime()
    assert (found.settings.clinic.name, found.state) == ("Здоровье", tmp_path / "state")


def test_nothing_else_in_the_environment_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKNO_CONFIG", raising=False)
    monkeypatch.setenv("CLINIC__NAME", "x")
    monkeypatch.setenv("OKNO_LOG_LEVEL", "debug")
    assert load_settings(None) == Settings()


def test_no_value_is_quoted_back() -> None:
    """What stands in a wrong place may be a secret or somebody's number."""
    with pytest.raises(SettingsError) as caught:
        parse_settings("engine: {port: hunter2}\nlines: [{number: '+7999000187x', queue: q, source: {}}]\n")
    assert "hunter2" not in str(caught.value) and "999" not in str(caught.value)
