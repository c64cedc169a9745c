"""Where one Asterisk keeps its files, as Asterisk itself sees them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Layout:
    """The directories of one Asterisk: `asterisk.conf [directories]`."""

    etc: PurePosixPath
    modules: PurePosixPath
    lib: PurePosixPath
    db: PurePosixPath
    data: PurePosixPath
    spool: PurePosixPath
    run: PurePosixPath
    log: PurePosixPath
    sbin: PurePosixPath

    @classmethod
    def under(cls, home: PurePosixPath, modules: PurePosixPath) -> Layout:
        """A private instance: everything below `home`, only the modules shared with other instances."""
        return cls(
            etc=home / "etc", modules=modules, lib=home / "lib", db=home / "db", data=home / "data",
            spool=home / "spool", run=home / "run", log=home / "log", sbin=DEBIAN.sbin,
        )  # fmt: skip


# What the private root's package uses, and Debian's on a clinic's own machine.
DEBIAN = Layout(
    etc=PurePosixPath("/etc/asterisk"),
    modules=PurePosixPath("/usr/lib/x86_64-linux-gnu/asterisk/modules"),
    lib=PurePosixPath("/var/lib/asterisk"),
    db=PurePosixPath("/var/lib/asterisk"),
    data=PurePosixPath("/usr/share/asterisk"),
    spool=PurePosixPath("/var/spool/asterisk"),
    run=PurePosixPath("/var/run/asterisk"),
    log=PurePosixPath("/var/log/asterisk"),
    sbin=PurePosixPath("/usr/sbin"),
)


def read_directories(asterisk_conf: str) -> dict[str, str]:
    """The `[directories]` of an asterisk.conf; a missing one is left to `DEBIAN`'s default."""
    found: dict[str, str] = {}
    section = ""
    for line in asterisk_conf.splitlines():
        text = line.split(";", 1)[0].strip()
        if text.startswith("["):
            section = text[1 : text.find("]")]
        elif section == "directories" and "=" in text:
            key, _, value = text.partition("=")
            found[key.strip()] = value.removeprefix(">").strip()
    return found


def installed(asterisk_conf: str) -> Layout:
    """The layout an existing Asterisk says it has."""
    said = read_directories(asterisk_conf)

    def place(key: str, default: PurePosixPath) -> PurePosixPath:
        return PurePosixPath(said[key]) if key in said else default

    return Layout(
        etc=place("astetcdir", DEBIAN.etc), modules=place("astmoddir", DEBIAN.modules),
        lib=place("astvarlibdir", DEBIAN.lib), db=place("astdbdir", DEBIAN.db),
        data=place("astdatadir", DEBIAN.data), spool=place("astspooldir", DEBIAN.spool),
        run=place("astrundir", DEBIAN.run), log=place("astlogdir", DEBIAN.log),
        sbin=place("astsbindir", DEBIAN.sbin),
    )  # fmt: skip
