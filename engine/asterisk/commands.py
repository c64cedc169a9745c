"""What `okno up`, `okno serve pbx` and `okno pbx render|install` do with Asterisk's configuration."""

from __future__ import annotations

import asyncio
import re
import secrets as dice
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.asterisk import console
from engine.asterisk.install import CannotInstall, Installed, missing_includes, take_back
from engine.asterisk.install import install as put
from engine.asterisk.layout import DEBIAN, Layout, installed
from engine.asterisk.private import PrivateAsterisk
from engine.asterisk.render import WEB_PHONE, Secrets, attached
from engine.asterisk.render import render as rendered
from engine.asterisk.root import find
from engine.speech.library import NoUploads, bring, wanted
from engine.speech.shipped import shipped
from okno.errors import Refused, TheirFault
from okno.files import write_private
from okno.settings import PbxSettings, Runtime, Settings
from okno.settings.seen import lately

Say = Callable[[str], None]
PHONE_SECRET = "phone-{extension}.secret"
# What a change of the directory or of a password reloads, in this order: a number's phones and queue are there before
# it is. Any other file takes everything with it. None of them ends a call or takes a member away.
RELOADS = {
    "okno-pjsip.conf": "module reload res_pjsip.so", "pjsip.conf": "module reload res_pjsip.so",
    "okno-queues.conf": "module reload app_queue.so", "queues.conf": "module reload app_queue.so",
    "okno-extensions.conf": "module reload pbx_config.so", "extensions.conf": "module reload pbx_config.so",
}  # fmt: skip
EVERYTHING = "core reload"
# Below Asterisk's sounds and its spool (dialplan/).
OURS, MESSAGES = "okno", "okno/voicemail"
# How Asterisk's console says that a module did not take its file in (main/cli.c, `module reload`).
REFUSED = re.compile(r"reported a reload failure|was not properly initialized|No such module")


class NotReloaded(TheirFault):
    """The files are in their place, but Asterisk did not answer. Args: words; the files it has not read yet."""

    def __init__(self, words: str, changed: frozenset[str]) -> None:
        self.changed = changed
        super().__init__(words)


class ReloadRefused(TheirFault):
    """Asterisk did not take the new configuration in; the old one is in place again."""


@dataclass(frozen=True, slots=True)
class Folders:
    """What Okno keeps beside an Asterisk, as we see it: the sounds callers hear, the messages they leave."""

    sounds: Path
    messages: Path


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
    put(configuration(lately(runtime)[0], pbx, asterisk.layout), asterisk.etc)
    for line in install_sounds(lately(runtime)[0], pbx, ("shipped",)):
        say(line)
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


def folders_of(runtime: Runtime, pbx: PbxSettings) -> Folders:
    """Where this PBX's sounds and messages are. Raises NoPlace, NoAsterisk."""
    if pbx.managed:
        home = private(runtime, pbx).home
        return Folders(home / "data/sounds" / OURS, home / "spool" / MESSAGES)
    _, layout, _ = place_of(runtime, pbx)
    return Folders(Path(layout.data) / "sounds" / OURS, Path(layout.spool) / MESSAGES)


async def bring_up_to_date(runtime: Runtime, pbx: PbxSettings, unloaded: frozenset[str] = frozenset()) -> Installed:
    """Install what differs and reload what of Asterisk reads it.

    Args: settings and state; the PBX; files installed before that no reload has taken in yet. Raises NoPlace,
    CannotInstall, SecretMissing, CannotRender; NotReloaded (installed, nobody answered); ReloadRefused (all as before).
    """
    etc, layout, control = place_of(runtime, pbx)
    files = await asyncio.to_thread(configuration, runtime, pbx, layout)
    done = await asyncio.to_thread(put, files, etc)
    changed = unloaded | set(done.changed)
    try:
        await reload(control, changed)
    except console.NoConsole as fault:
        raise NotReloaded(str(fault), changed) from fault
    except ReloadRefused:
        await asyncio.to_thread(take_back, done, etc)
        await reload(control, changed)
        raise
    return done


async def reload(control: Path, changed: Iterable[str]) -> None:
    """Have Asterisk read these files again; nothing when there are none. Raises NoConsole, ReloadRefused."""
    files = set(changed)
    orders = [order for file, order in RELOADS.items() if file in files]
    for order in [EVERYTHING] if files - RELOADS.keys() else dict.fromkeys(orders):
        if REFUSED.search(await console.ask(control, order)):
            raise ReloadRefused(f"Asterisk refused `{order}`; the configuration of before is in place")


def render(runtime: Runtime, name: str, to: Path | None) -> Iterator[str]:
    """`okno pbx render`: into a directory, else the text itself with the passwords hidden. Yields lines to print."""
    runtime, _ = lately(runtime)
    pbx = pbx_of(runtime, name)
    layout = Layout.under(PurePosixPath(runtime.state / "pbx" / pbx.name), DEBIAN.modules) if pbx.managed else DEBIAN
    if to is None:
        for file, text in readable(runtime.settings, pbx, layout).items():
            yield f";;; {file}\n{text}"
        return
    for file, text in configuration(runtime, pbx, layout).items():
        write_private(to / file, text)
        yield str(to / file)


def install(runtime: Runtime, name: str, to: Path | None) -> Iterator[str]:
    """`okno pbx install`: write what differs, keep what was, reload; yields what was done and what is left to do.

    Raises CannotInstall, NoPlace, SecretMissing, CannotRender; console.NoConsole when it is installed but not reloaded.
    """
    runtime, _ = lately(runtime)
    pbx = pbx_of(runtime, name)
    etc, layout, control = (to, DEBIAN, None) if to is not None else place_of(runtime, pbx)
    done = put(configuration(runtime, pbx, layout), etc)
    yield f"changed in {etc}: {', '.join(done.changed) or 'nothing'}"
    if done.backup is not None:
        yield f"the files of before are in {done.backup}"
    for line in missing_includes(etc) if not pbx.managed else []:
        yield f"to be added by hand to {line}"
    if to is None:
        yield from install_sounds(runtime, pbx)
    if control is not None and done.changed:
        asyncio.run(reload(control, done.changed))
        yield "restart Asterisk to use the new asterisk.conf or modules.conf" if done.needs_restart else "reloaded"


def install_sounds(
    runtime: Runtime, pbx: PbxSettings, ways: Collection[str] = ("shipped", "text")
) -> Iterator[str]:
    """Put the sounds callers hear into their place; what people uploaded `okno serve pbx` fetches from the engine.

    Args: settings and state; the PBX; which ways of making them. Raises CannotInstall, NoPlace, NoAsterisk.
    """
    came, folders = shipped(), folders_of(runtime, pbx)
    want = {name: one for name, one in wanted(runtime.settings.prompts, came).items() if one.way in ways}
    try:
        done = bring(want, folders.sounds, came, NoUploads(), keep=True)
        folders.messages.mkdir(parents=True, exist_ok=True, mode=0o770)
    except OSError as fault:
        raise CannotInstall(f"{fault.filename}: {fault.strerror}") from fault
    if done.changed:
        yield f"sounds put into {folders.sounds}: {len(done.changed)}"
    yield from done.problems


def readable(settings: Settings, pbx: PbxSettings, layout: Layout) -> dict[str, str]:
    """The files of one PBX with every password hidden. Raises CannotRender."""
    hidden = "HIDDEN"
    phones = dict.fromkeys(_with_passwords(settings, pbx), hidden)
    files = rendered(settings, pbx, layout, Secrets(hidden, hidden, hidden, phones))
    return files if pbx.managed else attached(files)
