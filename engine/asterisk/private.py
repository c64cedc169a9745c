"""A private Asterisk: its own directories, its own ports, nothing of /etc/asterisk touched.

From a private root it runs in a mount namespace of its own: the root is shared by all instances, each sees its own
home at /srv/okno, and every mount vanishes with the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.asterisk import console, hold
from engine.asterisk.layout import Layout
from engine.asterisk.root import Source, name_in_hosts
from okno.errors import TheirFault

INSIDE = PurePosixPath("/srv/okno")
FOLDERS = (
    "etc", "lib", "db", "spool", "spool/okno/voicemail", "run", "log", "log/cel-custom",
    "data", "data/sounds", "data/moh",
)
RUSSIAN = "ru_RU_f_IvrvoiceRU"
# Measured 3-6 s on two busy cores; a machine under load gets some patience.
BOOT_S = 60
STOP_S = 10
# `$0` is the root, `$1` the home, the rest is the command to run inside.
ENTER = (
    'set -e; root="$0"; home="$1"; shift;'
    ' mount --bind /dev "$root/dev"; mount -t proc proc "$root/proc" 2>/dev/null || mount --bind /proc "$root/proc";'
    f' mount --bind "$home" "$root{INSIDE}"; exec chroot "$root" "$@"'
)


class AsteriskDied(TheirFault):
    """The private Asterisk did not start or is gone."""


@dataclass(frozen=True, slots=True)
class PrivateAsterisk:
    """One instance: `home` holds everything it owns; `source` is the program it runs."""

    home: Path
    source: Source

    @property
    def layout(self) -> Layout:
        """The directories as this Asterisk sees them."""
        home = INSIDE if self.source.root else PurePosixPath(self.home)
        return Layout.under(home, self.source.layout.modules)

    @property
    def etc(self) -> Path:
        """Where its configuration is installed, as we see it."""
        return self.home / "etc"

    @property
    def control(self) -> Path:
        """Its console socket, as we see it."""
        return self.home / "run/asterisk.ctl"

    def prepare(self) -> None:
        """Make its directories, its prompts and its hold music. Raises OSError."""
        for name in FOLDERS:
            (self.home / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        root = self.source.root
        if root is not None:
            (root / str(INSIDE).lstrip("/")).mkdir(parents=True, exist_ok=True)
            name_in_hosts(root)
            resolver = Path("/etc/resolv.conf")
            if resolver.is_file():
                shutil.copyfile(resolver, root / "etc/resolv.conf")
        music = self.home / "data/moh/okno-hold.wav"
        if not music.is_file():
            hold.write(music)
        self._link_data()

    def command(self) -> list[str]:
        """What to execute for it to run in the foreground; a supervisor may own the process."""
        run = [str(self.source.binary), "-C", str(self.layout.etc / "asterisk.conf"), "-f", "-g"]
        # Should the supervisor be killed outright, no Asterisk is left to hold its ports.
        guard = ["setpriv", "--pdeathsig", "KILL"]
        root = self.source.root
        if root is None:
            return [*guard, *run]
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, str(root), str(self.home)]
        return [*guard, *enter, *run]

    async def ready(self, timeout_s: float = BOOT_S) -> None:
        """Wait until calls can come in. Raises AsteriskDied when that takes longer than `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    with contextlib.suppress(console.NoConsole):
                        if "fully booted" in (await console.ask(self.control, "core waitfullybooted")).lower():
                            return
                    await asyncio.sleep(0.1)
        except TimeoutError as late:
            said = self.last_words()
            raise AsteriskDied(f"the private Asterisk was not ready in {timeout_s:.0f} s; {said}") from late

    async def reload(self) -> None:
        """Take the installed configuration into use without losing a call. Raises console.NoConsole."""
        await console.ask(self.control, "core reload")

    def last_words(self) -> str:
        """The last line of its own log, for an error message."""
        log = self.home / "log/messages.log"
        lines = log.read_text("utf-8", "replace").splitlines() if log.is_file() else []
        return f"see {log}" if not lines else f"it said: {lines[-1][:200]}"

    def _link_data(self) -> None:
        """The packaged prompts under the languages' own names, and our own beside them."""
        shared = self.source.layout.data
        for name in ("documentation", "agi-bin", "firmware", "keys", "phoneprov"):
            _link(self.home / "data" / name, shared / name)
        sounds = self.source.root / str(shared).lstrip("/") / "sounds" if self.source.root else Path(shared) / "sounds"
        for folder in sorted(sounds.iterdir()) if sounds.is_dir() else ():
            _link(self.home / "data/sounds" / folder.name, shared / "sounds" / folder.name)
            if folder.name == RUSSIAN and not (sounds / "ru").exists():
                _link(self.home / "data/sounds/ru", shared / "sounds" / folder.name)


class Running:
    """A private Asterisk started by us and stopped by us, by its pid."""

    def __init__(self, asterisk: PrivateAsterisk) -> None:
        self.asterisk = asterisk
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises AsteriskDied."""
        # A control socket of an instance that was killed would let its dead console be asked.
        self.asterisk.control.unlink(missing_ok=True)
        # Not in a worker thread: the kernel's "parent died" is the death of the thread that started the child.
        self._process = self._spawn()
        waiting = asyncio.ensure_future(self.asterisk.ready())
        while not waiting.done():
            if self.pid is None:
                waiting.cancel()
                raise AsteriskDied(f"the private Asterisk did not start; {self.asterisk.last_words()}")
            await asyncio.wait([waiting], timeout=0.1)
        try:
            waiting.result()
        except AsteriskDied:
            await self.stop()
            raise

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self.asterisk.home / "log/console.log").open("ab") as output:
            return subprocess.Popen(self.asterisk.command(), stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def kill(self) -> None:
        """End it without a word: what a power failure does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_S)

    async def stop(self) -> None:
        """End it, politely first."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        with contextlib.suppress(console.NoConsole):
            await console.ask(self.asterisk.control, "core stop now")
        try:
            await asyncio.to_thread(process.wait, STOP_S)
        except subprocess.TimeoutExpired:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, 3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_S)


def _link(link: Path, target: PurePosixPath) -> None:
    if link.is_symlink() and link.readlink() != Path(target):
        link.unlink()
    if not link.is_symlink() and not link.exists():
        link.symlink_to(target)
