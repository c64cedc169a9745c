"""What an administrator copies from deploy/ fits what the programs expect."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from okno.command.cli import parser
from okno.settings import Settings

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_its_own_service_and_brings_it_back(unit: Path) -> None:
    text = unit.read_text()
    [words] = re.findall(r"^ExecStart=/opt/okno/current/bin/okno (.+)$", text, re.M)
    asked = parser().parse_args(words.replace("${OKNO_PBX}", "main").split())
    assert f"okno-{asked.service}{'-standby' if asked.standby else ''}.service" == unit.name
    assert "Restart=always" in text and "EnvironmentFile=/etc/okno/okno.env" in text
    assert "NoNewPrivileges=yes" in text and "LimitCORE=0" in text


def test_the_target_and_the_upgrade_name_the_same_services() -> None:
    [wanted] = re.findall(r"^Wants=(.+)$", (DEPLOY / "systemd/okno.target").read_text(), re.M)
    [restarted] = re.findall(r'^UNITS="(.+)"$', (DEPLOY / "upgrade.sh").read_text(), re.M)
    assert wanted.replace(".service", "").split() == restarted.split()


def test_the_proxy_leads_to_the_default_ports_and_hides_the_inner_doors() -> None:
    text, default = (DEPLOY / "nginx.conf").read_text(), Settings()
    staff, public = (re.findall(r"proxy_pass http://127\.0\.0\.1:(\d+);", part) for part in text.split("server_name chat."))
    assert (set(staff), set(public)) == ({str(default.web.port)}, {str(default.chat_public.port)})
    for door in ("/metrics", "/ready"):
        assert f"location = {door} {{ deny all; }}" in text
    # Okno sends it itself, and a header that comes twice may be ignored.
    assert "add_header Strict-Transport-Security" not in text


@pytest.mark.parametrize("script", ["upgrade.sh", "setup.sh"])
def test_the_scripts_can_be_read_by_a_plain_shell(script: str) -> None:
    done = subprocess.run(["sh", "-n", str(DEPLOY / script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_upgrade_without_settings_changes_nothing_and_says_why(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "OKNO_HOME": str(tmp_path / "opt"), "OKNO_ENV": str(tmp_path / "okno.env")}
    for text, reason in ((None, "is not there"), ("OKNO_STATE=/nowhere\n", "OKNO_DATABASE_URL")):
        if text is not None:
            (tmp_path / "okno.env").write_text(text)
        done = subprocess.run(
            ["sh", str(DEPLOY / "upgrade.sh"), "okno.whl"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1 and reason in done.stderr
    assert not (tmp_path / "opt").exists()
