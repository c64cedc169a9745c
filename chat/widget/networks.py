"""From where nobody writes: single networks of the settings, and lists of networks, a country's say."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from pathlib import Path

from okno.errors import OknoError

_COMMENT = re.compile(r"[#;].*")


class NetworksWrong(OknoError):
    """A file of networks cannot be read, or holds something else."""


class Networks:
    """A set of networks in which an address is found at once, however many there are.

    Args:
        networks: as people write them: "203.0.113.0/24", "2001:db8::/32", a single address. Raises ValueError.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        read = [ip_network(one, strict=False) for one in networks]
        four = sorted(collapse_addresses(one for one in read if isinstance(one, IPv4Network)))
        six = sorted(collapse_addresses(one for one in read if isinstance(one, IPv6Network)))
        self._of = {4: _bounds(four), 6: _bounds(six)}

    def __contains__(self, address: object) -> bool:
        """Say whether an address is in one of them; what is no address is in none."""
        try:
            there = ip_address(str(address).partition("%")[0].strip("[]"))
        except ValueError:
            return False
        there = getattr(there, "ipv4_mapped", None) or there
        firsts, lasts = self._of[there.version]
        at = bisect_right(firsts, int(there)) - 1
        return at >= 0 and int(there) <= lasts[at]


def read(file: Path) -> Iterator[str]:
    """Yield the networks of a file, one a line; after # or ; stands a comment. Raises NetworksWrong."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise NetworksWrong(f"{file}: this list of networks cannot be read") from None
    for number, line in enumerate(lines, 1):
        if not (network := _COMMENT.sub("", line).strip()):
            continue
        try:
            ip_network(network, strict=False)
        except ValueError:
            raise NetworksWrong(f"{file}:{number}: this is no network") from None
        yield network


def _bounds(networks: Iterable[IPv4Network | IPv6Network]) -> tuple[list[int], list[int]]:
    found = [(int(one.network_address), int(one.broadcast_address)) for one in networks]
    return [first for first, _ in found], [last for _, last in found]
