"""What `okno up`, `okno serve pbx` and `okno pbx render|install` do with Asterisk's configuration."""

from __future__ import annotations

import asyncio
import secrets as dice
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.asterisk import console
from engine.asterisk.install import Installed, missing_includes
from engine.asterisk.install import install as put
from engine.asterisk.layout import DEBIAN, Layout, installed
from engine.asterisk.private import PrivateAsterisk
from engine.asterisk.render import WEB_PHONE, Secrets, attached
from engine.asterisk.render import render as rendered
from engine.asterisk.root import find
from okno.errors import Refused
from okno.files import write_private
from okno.settings import PbxSettings, Runtime, Settings

Say = Callable[[str], None]
PHONE_SECRET = "phone-{extension}.secret"
# A new password for one phone disturbs nothing else.
RELOADS: dict[tuple[str, ...], str] = {("okno-pjsip.conf",): "module reload res_pjsip.so"}


class NoPlace(Refused):
    """The settings do not say where this PBX keeps its configuration: set `config_dir` or give --to."""


@dataclass(frozen=True, slots=True)
class Managed:
    """A private Asterisk that a supervisor runs: its command line, and whether calls can come in."""

    asterisk: PrivateAsterisk
    command: tuple[str, ...]

    async def ready(self) -> bool:
        """Whether it has booted; asked again and again by whoever waits."""
        try:
            return "fully booted" in (await console.ask(self.asterisk.control, "core waitfullybooted")).lower()
        except console.NoConsole:
            return False


def managed(runtime: Runtime, name: str, say: Say = print) -> Managed:
    """Make a managed PBX ready to start: find or build Asterisk, make its home, install its configuration.

    Args: settings and state; the PBX's name; a sink for progress lines. Raises NoAsterisk, CannotInstall.
    """
    pbx = pbx_of(runtime, name)
    asterisk = private(runtime, pbx, say)
    asterisk.prepare()
    # A dead instance's socket would answer for the new one.
    asterisk.control.unlink(missing_ok=True)
    put(configuration(runtime, pbx, asterisk.layout), asterisk.etc)
    return Managed(asterisk, tuple(asterisk.command()))


def private(runtime: Runtime, pbx: PbxSettings, say: Say = print) -> PrivateAsterisk:
    """The private Asterisk of a managed PBX, at home in the state directory. Raises NoAsterisk."""
    return PrivateAsterisk(runtime.state / "pbx" / pbx.name, find(pbx.asterisk, say))


def pbx_of(runtime: Runtime, name: str | None) -> PbxSettings:
    """The PBX named, or the only one. Raises Refused when that is none."""
    pbxes = {pbx.name: pbx for pbx in runtime.settings.pbxes}
    if name is None and len(pbxes) == 1:
        return next(iter(pbxes.values()))
    if name not in pbxes:
        raise Refused(f"--pbx must be one of the settings' pbxes: {', '.join(pbxes) or 'there are none'}")
    return pbxes[name]


def configuration(runtime: Runtime, pbx: PbxSettings, layout: Layout) -> dict[str, str]:
    """The files of one PBX; an attached one gets only what it includes by hand. Raises SecretMissing, CannotRender."""
    files = rendered(runtime.settings, pbx, layout, secrets_of(runtime, pbx))
    return files if pbx.managed else attached(files)


def secrets_of(runtime: Runtime, pbx: PbxSettings) -> Secrets:
    """The passwords for the files; a phone's is made when it has none yet. Raises SecretMissing, OSError."""
    phones = {name: phone_secret(runtime, name) for name in _with_passwords(runtime.settings, pbx)}
    ami = pbx.ami
    return Secrets(
        runtime.secret(ami.events_secret), runtime.secret(ami.actions_secret), runtime.secret(ami.watch_secret), phones
    )


def phone_secret(runtime: Runtime, phone: str, *, fresh: bool = False) -> str:
    """The password of the phone `1001` or `web-1001`; made when there is none, or made anew. Raises OSError."""
    reference = f"file:{PHONE_SECRET.format(extension=phone)}"
    place = runtime.path(runtime.settings.paths.secrets) / reference.removeprefix("file:")
    if fresh or not place.exists():
        write_private(place, dice.token_urlsafe(18) + "\n")
    return runtime.secret(reference)


def _with_passwords(settings: Settings, pbx: PbxSettings) -> list[str]:
    """The phones that register: those on desks without an address, and those in pages."""
    desks = [operator.extension for operator in settings.operators if operator.contact is None]
    pages = [operator.extension for operator in settings.operators if operator.web_phone and pbx.websocket_port]
    return desks + [WEB_PHONE.format(extension=extension) for extension in pages]


def place_of(runtime: Runtime, pbx: PbxSettings) -> tuple[Path, Layout, Path]:
    """Where this PBX's configuration goes, its layout and its console socket. Raises NoPlace, NoAsterisk."""
    if pbx.managed:
        asterisk = private(runtime, pbx)
        return asterisk.etc, asterisk.layout, asterisk.control
    if pbx.config_dir is None:
        raise NoPlace
    conf = pbx.config_dir / "asterisk.conf"
    layout = installed(conf.read_text("utf-8", "replace")) if conf.is_file() else DEBIAN
    return pbx.config_dir, layout, Path(layout.run) / "asterisk.ctl"


async def bring_up_to_date(runtime: Runtime, pbx: PbxSettings) -> Installed:
    """Install what differs and reload Asterisk when something did.

    Raises NoPlace, CannotInstall, SecretMissing, CannotRender, console.NoConsole (installed, but not reloaded).
    """
    etc, layout, control = place_of(runtime, pbx)
    done = await asyncio.to_thread(put, configuration(runtime, pbx, layout), etc)
    if done.changed:
        await console.ask(control, RELOADS.get(done.changed, "core reload"))
    return done


def render(runtime: Runtime, name: str, to: Path | None) -> Iterator[str]:
    """`okno pbx render`: into a directory, else the text itself with the passwords hidden. Yields lines to print."""
    pbx = pbx_of(runtime, name)
    layout = Layout.under(PurePosixPath(runtime.state / "pbx" / pbx.name), DEBIAN.modules) if pbx.managed else DEBIAN
    if to is None:
        for file, text in _readable(runtime, pbx, layout).items():
            yield f";;; {file}\n{text}"
        return
    for file, text in configuration(runtime, pbx, layout).items():
        write_private(to / file, text)
        yield str(to / file)


def install(runtime: Runtime, name: str, to: Path | None) -> Iterator[str]:
    """`okno pbx install`: write what differs, keep what was, reload; yields what was done and what is left to do.

    Raises CannotInstall, NoPlace, SecretMissing, CannotRender; console.NoConsole when it is installed but not reloaded.
    """
    pbx = pbx_of(runtime, name)
    etc, layout, control = (to, DEBIAN, None) if to is not None else place_of(runtime, pbx)
    done = put(configuration(runtime, pbx, layout), etc)
    yield f"changed in {etc}: {', '.join(done.changed) or 'nothing'}"
    if done.backup is not None:
        yield f"the files of before are in {done.backup}"
    for line in missing_includes(etc) if not pbx.managed else []:
        yield f"to be added by hand to {line}"
    if control is not None and done.changed:
        asyncio.run(console.ask(control, "core reload"))
        yield "restart Asterisk to use the new asterisk.conf or modules.conf" if done.needs_restart else "reloaded"


def _readable(runtime: Runtime, pbx: PbxSettings, layout: Layout) -> dict[str, str]:
    hidden = "HIDDEN"
    phones = dict.fromkeys(_with_passwords(runtime.settings, pbx), hidden)
    files = rendered(runtime.settings, pbx, layout, Secrets(hidden, hidden, hidden, phones))
    return files if pbx.managed else attached(files)
