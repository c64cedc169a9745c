"""Which Asterisk to run: the one installed, or a private root built once from Debian and kept in a cache."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.asterisk.layout import DEBIAN, Layout, installed
from okno.errors import TheirFault

# The event filter by name came with these (ami.md 4.12); a later branch has it from its first release.
OLDEST = {18: (18, 26, 0), 20: (20, 11, 0), 21: (21, 6, 0), 22: (22, 1, 0)}
PACKAGES = "asterisk,asterisk-modules,asterisk-core-sounds-ru-wav,asterisk-core-sounds-en-wav,tzdata"
# Names a Debian mirror where apt has none of its own (Ubuntu).
MIRROR_VARIABLE = "OKNO_DEBIAN_MIRROR"
# Debian's own build takes about a minute; a slow mirror may take a quarter of an hour, not more.
BUILD_S = 1200

Progress = Callable[[str], None]


class NoAsterisk(TheirFault):
    """There is no Asterisk to run and none can be built."""


@dataclass(frozen=True, slots=True)
class Source:
    """An Asterisk that can be started: `root` is None for the installed one."""

    binary: PurePosixPath
    version: str
    layout: Layout
    root: Path | None = None


def find(asterisk: Path | None = None, progress: Progress = print) -> Source:
    """The Asterisk to use: the one named, else a new enough installed one, else the cached private root, built now.

    Args: a path from the settings or None; a sink for progress lines. Raises NoAsterisk with what to do.
    """
    named = str(asterisk) if asterisk else shutil.which("asterisk") or shutil.which("/usr/sbin/asterisk")
    if named:
        source = _installed(Path(named))
        if source is not None:
            return source
        if asterisk is not None:
            raise NoAsterisk(f"{asterisk} cannot be used: Asterisk 18.26, 20.11, 21.6, 22.1 or newer is needed")
        progress(f"{named} is too old for Okno (18.26, 20.11, 21.6, 22.1 or newer): using a private Asterisk")
    return cached(cache_dir(), progress)


def cache_dir() -> Path:
    """Where the private root is kept: OKNO_CACHE, or /var/cache/okno."""
    return Path(os.environ.get("OKNO_CACHE") or "/var/cache/okno")


def cached(cache: Path, progress: Progress = print) -> Source:
    """The private root in `cache`, built first when it is not there. Raises NoAsterisk."""
    root = cache / "asterisk-root"
    if not (root / "usr/sbin/asterisk").is_file():
        build(root, progress)
    if os.geteuid() != 0:
        raise NoAsterisk("the private Asterisk needs root (chroot): run as root or with sudo, or install asterisk")
    conf = root / "etc/asterisk/asterisk.conf"
    layout = installed(conf.read_text("utf-8", "replace")) if conf.is_file() else DEBIAN
    answer = _run(["chroot", str(root), "/usr/sbin/asterisk", "-V"])
    if answer is None:
        raise NoAsterisk(f"{root} does not run: remove it and start again to have it rebuilt")
    return Source(PurePosixPath("/usr/sbin/asterisk"), _version(answer), layout, root)


def build(root: Path, progress: Progress = print) -> None:
    """Make the private root with mmdebstrap, beside its place and moved there whole. Raises NoAsterisk."""
    if os.geteuid() != 0:
        raise NoAsterisk("building the private Asterisk needs root: run as root or with sudo, or install asterisk")
    tool = shutil.which("mmdebstrap")
    if tool is None:
        raise NoAsterisk("Asterisk is not installed and mmdebstrap is missing: apt-get install mmdebstrap")
    mirror = debian_mirror()
    draft = root.with_name(f"{root.name}.{os.getpid()}")
    root.parent.mkdir(parents=True, exist_ok=True)
    progress(f"building a private Asterisk from Debian (once, about a minute and 400 MB, into {root})")
    command = [
        tool, "--variant=apt", "--aptopt=Acquire::Check-Valid-Until \"false\"", f"--include={PACKAGES}",
        "sid", str(draft), mirror,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False)
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise NoAsterisk(f"mmdebstrap could not build the private Asterisk: {last}")
        if not root.exists():
            draft.rename(root)
    except subprocess.TimeoutExpired as late:
        raise NoAsterisk(f"mmdebstrap did not end in {BUILD_S} s: is the Debian mirror reachable?") from late
    finally:
        if draft.exists():
            shutil.rmtree(draft, ignore_errors=True)
    progress("the private Asterisk is ready")


def debian_mirror(etc: Path = Path("/etc/apt")) -> str:
    """The mirror this machine already uses for Debian, so that a clinic's own mirror or proxy is honoured.

    OKNO_DEBIAN_MIRROR is stronger. Raises NoAsterisk when neither names one.
    """
    if named := os.environ.get(MIRROR_VARIABLE):
        return named.rstrip("/")
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for file in files:
        if not file.is_file():
            continue
        for line in file.read_text("utf-8", "replace").splitlines():
            match = re.match(r"\s*(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(https?://\S*debian/?)(?:\s|$)", line)
            if match and "security" not in match[1]:
                return match[1].rstrip("/")
    raise NoAsterisk(f"no Debian mirror stands in {etc}: name one in {MIRROR_VARIABLE}, or install asterisk")


def name_in_hosts(root: Path) -> None:
    """Keep PJSIP from asking DNS for itself and for the root server while a call is being set up.

    Where there is no resolver each call would wait seconds for that (asterisk-here.md).
    """
    hosts = root / "etc/hosts"
    before = hosts.read_text("utf-8") if hosts.is_file() else ""
    known = {word for line in before.splitlines() for word in line.split("#")[0].split()[1:]}
    wanted = ("localhost", socket.gethostname(), "A.ROOT-SERVERS.NET")
    missing = [name for name in wanted if name and name not in known]
    if missing:
        hosts.write_text(before + f"127.0.0.1 {' '.join(missing)}\n", "utf-8")


def _installed(binary: Path) -> Source | None:
    answer = _run([str(binary), "-V"])
    if answer is None or not new_enough(_version(answer)):
        return None
    conf = Path("/etc/asterisk/asterisk.conf")
    layout = installed(conf.read_text("utf-8", "replace")) if conf.is_file() else DEBIAN
    return Source(PurePosixPath(binary), _version(answer), layout)


def new_enough(version: str) -> bool:
    """Whether this Asterisk knows the event filter we write."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    numbers += (0,) * (3 - len(numbers))
    branch = numbers[0]
    if branch in OLDEST:
        return numbers >= OLDEST[branch]
    return branch > max(OLDEST)


def _version(answer: str) -> str:
    match = re.search(r"(\d+\.\d+(?:\.\d+)?)", answer)
    return match[1] if match else "0"


def _run(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
