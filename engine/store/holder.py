"""Who holds the lease, written so that a successor on the same machine can see at once that he is gone.

A lease runs out by the database's clock, five seconds after a kill. Calls that come and go in such a gap are seen
only by the PBX's journal; when the holder was a process of this very machine and is dead, nobody need wait.
"""

from __future__ import annotations

import os
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_DEAD = ("Z", "X")  # proc(5): a zombie runs no code any more


def present() -> str:
    """This process: the machine's boot, the namespace its pid counts in, the pid, the start (Linux only parts)."""
    return "/".join((*_machine(), str(os.getpid()), _started(os.getpid())))


def gone(holder: str) -> bool:
    """Whether a holder was a process of this machine and runs no more. False when that cannot be known.

    Args:
        holder: what `present` gave in the other process. One that is stopped (SIGSTOP) is not gone.
    """
    boot, _, rest = holder.partition("/")
    namespace, _, rest = rest.partition("/")
    pid, _, started = rest.partition("/")
    if not started or (boot, namespace) != _machine() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def _machine() -> tuple[str, str]:
    return _BOOT.read_text().strip(), os.readlink(_NAMESPACE)


def _started(pid: int) -> str:
    """When a process started, in the kernel's ticks; empty when it is dead."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state in _DEAD else fields[18]
