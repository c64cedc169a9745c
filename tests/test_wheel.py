"""Everything works from an installed wheel: so everything that is not Python code has to travel in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("okno", "engine", "chat", "mis", "web", "demo")
SHARED = ("dialplan", "asterisk-conf", "sounds")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    try:
        subprocess.run(command, check=True, timeout=300)
    finally:
        shutil.rmtree(ROOT / "build", ignore_errors=True)  # setuptools leaves it, and would take old files from it
    [built] = folder.glob("*.whl")
    return built


def test_every_file_of_a_package_travels(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    missing = sorted(name for name in tracked if name and (ROOT / name).exists() and name not in inside)
    assert missing == []


def test_the_templates_travel(wheel: Path) -> None:
    inside = {name.partition("/share/okno/")[2] for name in zipfile.ZipFile(wheel).namelist()}
    wanted = {str(file.relative_to(ROOT)) for folder in SHARED for file in (ROOT / folder).rglob("*") if file.is_file()}
    assert len(wanted) > 20
    assert wanted - inside == set()
    assert "okno.example.yaml" in inside


def test_what_an_administrator_needs_travels(wheel: Path) -> None:
    infos = {one.filename.partition("/share/okno/")[2]: one for one in zipfile.ZipFile(wheel).infolist()}
    assert {f"deploy/{name}" for name in ("nginx.conf", "logrotate.conf", "okno.env", "upgrade.sh")} <= infos.keys()
    assert {f"deploy/systemd/{file.name}" for file in (ROOT / "deploy/systemd").iterdir()} <= infos.keys()
    assert infos["deploy/upgrade.sh"].external_attr >> 16 & 0o100, "the script cannot be executed"


def test_it_runs_where_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    """A virtual environment that sees our dependencies but not the checkout."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=120)
    python = tmp_path / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", str(wheel)], check=True, timeout=120)
    dependencies = Path(next(path for path in sys.path if path.endswith("site-packages")))
    script = (
        "import sys\n"
        f"sys.path.append({str(dependencies)!r})\n"
        "import okno, engine\n"
        "from okno.resources import folder, templates_dir\n"
        "from okno.command.cli import main\n"
        "assert 'venv' in okno.__file__, okno.__file__\n"
        "assert (templates_dir() / 'dialplan').is_dir() and folder('okno.example.yaml').is_file()\n"
        "sys.exit(main(['pbx', 'render', '--config', str(folder('okno.example.yaml')), '--state', 'state']))\n"
    )
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [python, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "okno-manager.conf" in done.stdout
