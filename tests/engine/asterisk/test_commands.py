"""What the `okno` command and the services ask of this package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.asterisk import commands
from engine.asterisk.install import CannotInstall
from okno.errors import Refused
from okno.files import write_private
from okno.settings import Runtime, Settings
from okno.settings.seen import keep
from tests.pbx.bench import bench_settings


@pytest.fixture
def clinic(tmp_path: Path) -> Runtime:
    """The bench's clinic, not started, with its secrets on disk."""
    for name in ("ami-events", "ami-actions", "ami-watch", "service"):
        write_private(tmp_path / "secrets" / f"{name}.secret", f"word-{name}")
    return Runtime(bench_settings(), tmp_path)


def own(clinic: Runtime, **pbx: object) -> Runtime:
    """The same clinic with a PBX that is not ours."""
    values = clinic.settings.model_dump()
    values["pbxes"][0] |= {"managed": False} | pbx
    return replace(clinic, settings=Settings.model_validate(values))


async def test_a_managed_pbx_is_ready_to_start(clinic: Runtime) -> None:
    made = commands.managed(clinic, "bench", lambda line: None)
    assert (made.asterisk.etc / "okno-manager.conf").stat().st_mode & 0o007 == 0
    assert "word-ami-events" in (made.asterisk.etc / "okno-manager.conf").read_text()
    assert made.command[-1] == "-g"
    assert await made.ready() is False


def test_a_phones_password_is_made_once(clinic: Runtime) -> None:
    first = commands.secrets_of(clinic, clinic.settings.pbxes[0])
    again = commands.secrets_of(clinic, clinic.settings.pbxes[0])
    assert list(first.phones) == ["1051"] and len(first.phones["1051"]) >= 24
    assert first.phones == again.phones


def test_rendered_text_on_a_screen_hides_the_passwords(clinic: Runtime) -> None:
    text = "\n".join(commands.render(clinic, "bench", None))
    assert ";;; okno-manager.conf" in text and "secret = HIDDEN" in text and "word-ami" not in text


def test_rendered_files_are_whole(clinic: Runtime, tmp_path: Path) -> None:
    paths = [Path(line) for line in commands.render(clinic, "bench", tmp_path / "to")]
    assert {"asterisk.conf", "okno-queues.conf"} <= {path.name for path in paths}
    assert "word-ami-watch" in (tmp_path / "to/okno-manager.conf").read_text()


def test_an_attached_pbx_keeps_its_own_files(clinic: Runtime, tmp_path: Path) -> None:
    lines = list(commands.install(own(clinic), "bench", tmp_path / "etc"))
    assert sorted(path.name for path in (tmp_path / "etc").iterdir()) == [
        "okno-extensions.conf", "okno-manager.conf", "okno-pjsip.conf", "okno-queues.conf",
    ]  # fmt: skip
    assert sum(line.startswith("to be added by hand") for line in lines) == 4
    assert next(commands.install(own(clinic), "bench", tmp_path / "etc")).endswith("nothing")


def test_an_attached_pbx_without_a_place_is_one_clear_line(clinic: Runtime) -> None:
    with pytest.raises(Refused, match="config_dir"):
        list(commands.install(own(clinic), "bench", None))


def test_where_an_attached_pbx_says_it_runs_its_console_is_looked_for(clinic: Runtime, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/asterisk.conf").write_text("[directories]\nastrundir => /run/pbx\n")
    attached = own(clinic, config_dir=str(tmp_path / "etc"))
    etc, _, control = commands.place_of(attached, attached.settings.pbxes[0])
    assert (etc, control) == (tmp_path / "etc", Path("/run/pbx/asterisk.ctl"))


def test_an_unknown_pbx_is_refused(clinic: Runtime) -> None:
    with pytest.raises(Refused, match="bench"):
        commands.pbx_of(clinic, "elsewhere")
    assert commands.pbx_of(clinic, None).name == "bench"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Asterisk's console is asked; it says yes to all, but never heard of okno-pjsip's module while `refuses`."""
    heard: list[str] = []

    async def ask(control: Path, order: str) -> str:
        heard.append(order)
        refused = "res_pjsip" in order and heard[0] == "refuses" and heard.count(order) == 1
        return "The module 'res_pjsip.so' reported a reload failure" if refused else "Module reloaded successfully."

    monkeypatch.setattr(commands.console, "ask", ask)
    return heard


@pytest.mark.parametrize(("changed", "orders"), [
    ((), []),
    (("okno-pjsip.conf",), ["module reload res_pjsip.so"]),
    (("extensions.conf", "okno-extensions.conf", "okno-queues.conf", "okno-pjsip.conf"),
     ["module reload res_pjsip.so", "module reload app_queue.so", "module reload pbx_config.so"]),
    (("okno-queues.conf", "rtp.conf"), ["core reload"]),
])  # fmt: skip
async def test_only_what_changed_is_reloaded(asked: list[str], changed: tuple[str, ...], orders: list[str]) -> None:
    await commands.reload(Path("asterisk.ctl"), changed)
    assert asked == orders


async def test_a_refused_reload_leaves_the_files_of_before(clinic: Runtime, asked: list[str], tmp_path: Path) -> None:
    runtime = own(clinic)
    (pbx,) = [one.model_copy(update={"config_dir": tmp_path / "etc"}) for one in runtime.settings.pbxes]
    await commands.bring_up_to_date(runtime, pbx)
    files = {file.name: file.read_bytes() for file in (tmp_path / "etc").glob("*.conf")}
    asked[:] = ["refuses"]
    operators = [one.model_dump() for one in runtime.settings.operators]
    operators[0]["title"] = {"ru": "Other", "en": "Other"}
    settings = type(runtime.settings).model_validate(runtime.settings.model_dump() | {"operators": operators})
    with pytest.raises(commands.ReloadRefused):
        await commands.bring_up_to_date(replace(runtime, settings=settings), pbx)
    assert {file.name: file.read_bytes() for file in (tmp_path / "etc").glob("*.conf")} == files
    assert asked.count("module reload res_pjsip.so") == 2


def test_what_was_seen_last_is_rendered_while_the_engine_is_away(clinic: Runtime) -> None:
    document = clinic.settings.directory.model_dump(mode="json")
    document["queues"].append({"name": "seenlast", "title": {"ru": "Seen"}})
    keep(clinic, 3, document)
    assert "[seenlast]" in "\n".join(commands.render(clinic, "bench", None))


def test_a_managed_pbx_speaks_before_its_first_call(clinic: Runtime) -> None:
    said: list[str] = []
    made = commands.managed(clinic, "bench", said.append)
    folders = commands.folders_of(clinic, clinic.settings.pbxes[0])
    assert (folders.sounds / "ru/consent.alaw").is_file() and folders.messages.is_dir()
    assert folders.sounds == made.asterisk.home / "data/sounds/okno"
    assert any(line.startswith("sounds put into") for line in said)
    before = len(said)
    commands.managed(clinic, "bench", said.append)
    assert not [line for line in said[before:] if "sounds" in line]


def test_an_attached_pbx_has_its_sounds_where_its_own_configuration_says(clinic: Runtime, tmp_path: Path) -> None:
    etc, data, spool = tmp_path / "etc", tmp_path / "data", tmp_path / "spool"
    etc.mkdir()
    (etc / "asterisk.conf").write_text(f"[directories]\nastdatadir => {data}\nastspooldir => {spool}\n")
    runtime = own(clinic, config_dir=str(etc))
    pbx = runtime.settings.pbxes[0]
    folders = commands.folders_of(runtime, pbx)
    assert folders == commands.Folders(data / "sounds/okno", spool / "okno/voicemail")
    (line,) = commands.install_sounds(runtime, pbx)
    assert line.startswith(f"sounds put into {data}") and (folders.sounds / "en/say/5.alaw").is_file()
    assert list(commands.install_sounds(runtime, pbx)) == [] and folders.messages.is_dir()


def test_a_place_that_cannot_be_written_is_one_clear_line(clinic: Runtime, tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    (tmp_path / "data").write_text("a file")
    (etc / "asterisk.conf").write_text(f"[directories]\nastdatadir => {tmp_path / 'data'}\n")
    runtime = own(clinic, config_dir=str(etc))
    with pytest.raises(CannotInstall, match="data"):
        list(commands.install_sounds(runtime, runtime.settings.pbxes[0]))
