"""What others wrote is what `make vendor` took, with its licence; and htm is used only by our leak-free binding."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = ROOT / "web" / "static" / "app"
FOLDERS = [
    ROOT / "web" / "static" / "vendor", ROOT / "tests" / "screens" / "vendor",
    ROOT / "chat" / "widget" / "static" / "vendor",
]  # fmt: skip
LICENCES = {"MIT", "ISC", "Apache-2.0", "OFL-1.1", "MPL-2.0"}


@pytest.mark.parametrize("folder", FOLDERS, ids=["shipped", "tests", "widget"])
def test_vendored_files_are_as_locked(folder: Path) -> None:
    locked = json.loads((folder / "vendor.lock").read_text("utf-8"))["files"]
    for entry in locked:
        digest = hashlib.sha384((folder / entry["file"]).read_bytes()).digest()
        assert entry["sha384"] == "sha384-" + base64.b64encode(digest).decode(), entry["file"]
        assert entry["licence"] in LICENCES
        assert (folder / entry["licence_file"]).read_text("utf-8").strip()
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {entry["file"] for entry in locked} | {entry["licence_file"] for entry in locked} | {"vendor.lock"}


def test_versions_are_those_of_the_package_file() -> None:
    wanted = json.loads((ROOT / "deploy" / "vendor" / "package.json").read_text("utf-8"))["devDependencies"]
    locked = [entry for folder in FOLDERS for entry in json.loads((folder / "vendor.lock").read_text("utf-8"))["files"]]
    assert {entry["package"]: entry["version"] for entry in locked} == wanted


def test_htm_is_bound_once_and_without_its_static_cache() -> None:
    users = [path.name for path in APP.rglob("*.js") if re.search(r"""from ["']htm""", path.read_text("utf-8"))]
    assert users == ["html.js"]
    assert "this[0] = 3" in (APP / "html.js").read_text("utf-8")


def test_the_sprite_has_every_icon_named_and_no_other() -> None:
    sprite = set(re.findall(r'symbol id="([\w-]+)"', (FOLDERS[0] / "icons.svg").read_text("utf-8")))
    text = "\n".join(path.read_text("utf-8") for path in APP.rglob("*.js"))
    named = set(re.findall(r'(?:<\$\{Icon\} name=|\bicon[=:]\s*)"([a-z][\w-]*)"', text))
    assert named <= sprite, named - sprite
    unused = {name for name in sprite if f'"{name}"' not in text}
    assert unused == set()


def test_modules_import_only_what_the_import_map_gives() -> None:
    specifiers = {entry.get("specifier") for entry in json.loads((FOLDERS[0] / "vendor.lock").read_text("utf-8"))["files"]}
    for path in APP.rglob("*.js"):
        for target in re.findall(r"""from ["']([^"']+)["']""", path.read_text("utf-8")):
            assert target in specifiers or (path.parent / target).is_file(), f"{path.name}: {target}"
