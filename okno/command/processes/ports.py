"""Who holds a port: asked before anything starts, so that a clash is one line and not five restarts."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

_OPEN = {"tcp": "0A", "udp": "07"}  # the state column of /proc/net/tcp and /proc/net/udp: listening, unconnected


def taken(host: str, port: int, *, udp: bool = False) -> bool:
    """Say whether somebody listens on `host`:`port`, by trying to listen there ourselves for a moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # TIME_WAIT of a past run is no clash
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno in (errno.EADDRINUSE, errno.EACCES)
    return False


def free() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def holder(port: int, *, udp: bool = False) -> str:
    """Name the process that listens on `port`, as "nginx, pid 812"; empty when we may not see it."""
    inodes = _listening_inodes(port, "udp" if udp else "tcp")
    if not inodes:
        return ""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _owns(entry, inodes):
            return f"{_name(entry)}, pid {entry.name}"
    return ""


def _listening_inodes(port: int, kind: str) -> set[str]:
    inodes = set()
    for table in (Path(f"/proc/net/{kind}"), Path(f"/proc/net/{kind}6")):
        if not table.exists():
            continue
        for row in table.read_text().splitlines()[1:]:
            columns = row.split()
            if columns[3] == _OPEN[kind] and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{columns[9]}]")
    return inodes


def _owns(process: Path, inodes: set[str]) -> bool:
    try:
        return any(os.readlink(link) in inodes for link in (process / "fd").iterdir())
    except OSError:  # another user's process, or one that has just ended
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "a process that has just ended"
