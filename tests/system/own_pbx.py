"""A PBX of the clinic's own: configured by hand (`own_pbx/`), plus the very lines of docs/attach-your-own-PBX.md."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import yaml

from engine.asterisk import console
from engine.asterisk.private import PrivateAsterisk, Running
from engine.asterisk.root import find
from tests.pbx.bench import free_port
from tests.system.clinic import ANY_HOUR, free_ports, operator

HERE = Path(__file__).parent / "own_pbx"
DOC = Path(__file__).parents[2] / "docs/attach-your-own-PBX.md"
SECRETS = {"EVENTS-SECRET": "ami-events", "ACTIONS-SECRET": "ami-actions", "WATCH-SECRET": "ami-watch"}
FIRST, SECOND, CLOSED, DESK, NIGHT = (f"7343000000{last}" for last in range(1, 6))
HOURS = "08:00-20:00,mon-sat,*,*"


def block(start: str) -> str:
    """The document's block of code that begins with `start` (after its fence). Raises LookupError."""
    for found in re.findall(r"```\w*\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL):
        if found.startswith(start):
            return str(found)
    raise LookupError(f"the document has no block that begins with {start!r}")


def dialplan() -> str:
    """The document's dialplan: as it stands but open at any hour, and the same for a number that is never open."""
    written = block(f"; extensions.conf\n[from-provider]\nexten => {FIRST}")
    lines = written.split("[from-provider]\n")[1]
    return written.replace(HOURS, "*,*,*,*") + lines.replace(HOURS, "*,*,31,feb").replace(FIRST, CLOSED)


class OwnPbx:
    """That Asterisk, on free ports. `etc` is its configuration's directory."""

    def __init__(self, home: Path) -> None:
        self.ami, self.sip, self.phones, *desks = free_ports(5)
        self.provider = free_port(socket.SOCK_DGRAM, "127.0.0.2")
        self.desks = dict(zip(("1003", "1004"), desks, strict=True))
        self.asterisk = PrivateAsterisk(home, find())
        self.asterisk.prepare()
        self.running = Running(self.asterisk)
        self._fill()

    @property
    def etc(self) -> Path:
        """Where its files are."""
        return self.asterisk.etc

    @property
    def log(self) -> Path:
        """Where it writes its journal."""
        return self.asterisk.home / "log"

    async def console(self, command: str) -> str:
        """What its console answers."""
        return await console.ask(self.asterisk.control, command)

    def settings(self) -> dict[str, Any]:
        """What the clinic's engineer writes into okno.yaml: the document's lines and his own names."""
        pbxes = yaml.safe_load(block("pbxes:"))["pbxes"]
        pbxes[0]["ami"]["port"] = self.ami
        # This Asterisk's logs are not where Debian's are.
        pbxes[0]["journal"] = {"cel": str(self.log / "cel-custom/okno.csv"), "queue_log": str(self.log / "queue_log")}
        queues = ("registry", "children", "desk", "night")
        titles = {name: {"ru": name, "en": name} for name in (*queues, "first", "second")}
        desks = {extension: operator(int(extension), ["desk"], port) for extension, port in self.desks.items()}
        return {
            "pbxes": pbxes,
            "queues": [{"name": name, "title": titles[name], "wrap_up_s": 2, "callbacks": ANY_HOUR} for name in queues],
            "operators": [
                operator(1001, ["registry"], self.phones), operator(1002, ["children"], self.phones), *desks.values(),
            ],
            "lines": [
                {"number": f"+{FIRST}", "source": titles["first"], "queue": "registry"},
                {"number": f"+{SECOND}", "source": titles["second"], "queue": "children"},
                {"number": f"+{CLOSED}", "source": titles["first"], "queue": "registry"},
                {"number": f"+{DESK}", "source": titles["first"], "queue": "desk"},
                {"number": f"+{NIGHT}", "source": titles["first"], "queue": "night"},
            ],
        }

    def secrets(self, state: Path) -> None:
        """Put the three secrets where the document says."""
        folder = state / "secrets"
        folder.mkdir(parents=True, mode=0o700)
        for word, name in SECRETS.items():
            (folder / f"{name}.secret").write_text(f"{word.lower()}-of-this-test\n")
            (folder / f"{name}.secret").chmod(0o600)

    async def hand_over(self, rendered: Path) -> None:
        """Give the dialplan and the queues to Okno's rendered files (3b); the endpoints stay the clinic's own."""
        for name in ("okno-queues.conf", "okno-extensions.conf"):
            (self.etc / name).write_text((rendered / name).read_text("utf-8"), "utf-8")
        general, _, _ = (self.etc / "queues.conf").read_text("utf-8").partition("; A second queue")
        (self.etc / "queues.conf").write_text(general + block("#include okno-queues.conf"), "utf-8")
        own = (HERE / "extensions.conf").read_text("utf-8")
        handed = block("; extensions.conf\n[from-provider]\nexten => _")
        (self.etc / "extensions.conf").write_text(own + handed + "#include okno-extensions.conf\n", "utf-8")
        for command in ("dialplan reload", "queue reload all"):
            await self.console(command)

    def _fill(self) -> None:
        home, media = self.asterisk.layout.etc.parent, 40000 + self.sip % 100 * 100
        values = {
            "HOME": home, "MODULES": self.asterisk.layout.modules, "SBIN": self.asterisk.layout.sbin, "AMI": self.ami,
            "SIP": self.sip, "PROVIDER": self.provider, "PHONES": self.phones, "RTP": media, "RTP_END": media + 98,
            **{f"DESK_{extension}": port for extension, port in self.desks.items()},
        }  # fmt: skip
        files = {file.name: file.read_text("utf-8") for file in sorted(HERE.glob("*.conf"))}
        logins = block("; manager.conf")
        for word in SECRETS:
            logins = logins.replace(word, f"{word.lower()}-of-this-test")
        files["manager.conf"] += logins
        files["queues.conf"] += block("; queues.conf")
        files["cel.conf"] = block("; cel.conf")
        files["cel_custom.conf"] = block("; cel_custom.conf\n[okno.csv]")
        files["extensions.conf"] += dialplan() + files.pop("extensions-more.conf")
        for name, text in files.items():
            filled = re.sub(r"@([A-Z_0-9]+)@", lambda found: str(values[found[1]]), text)
            (self.etc / name).write_text(filled, "utf-8")
