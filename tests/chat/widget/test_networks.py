"""From where nobody writes: an address is found in any number of networks; a list that is none says where."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.widget.networks import Networks, NetworksWrong, read


@pytest.mark.parametrize(("address", "expected"), [
    ("203.0.113.9", True), ("::ffff:203.0.113.9", True), ("203.0.114.9", False), ("2001:db8::1%eth0", True),
    ("[2001:db8::1]", True), ("2001:db9::1", False), ("0.0.0.1", False), ("", False), ("unknown", False),
])  # fmt: skip
def test_from_denied_networks_nobody_writes(address: str, expected: bool) -> None:
    assert (address in Networks(["203.0.113.0/24", "2001:db8::/32"])) is expected


def test_where_nothing_is_denied_everybody_writes() -> None:
    assert "203.0.113.9" not in Networks([])


near = st.integers(0, 1023).map(lambda n: str(ip_address(0xCB007000 + n)))


@given(st.lists(st.tuples(near, st.integers(22, 32)), max_size=12), near)
def test_it_is_as_if_each_network_were_looked_through(networks: list[tuple[str, int]], address: str) -> None:
    written = [f"{first}/{bits}" for first, bits in networks]
    slowly = any(ip_address(address) in ip_network(one, strict=False) for one in written)
    assert (address in Networks(written)) is slowly


def test_a_country_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "country.zone"
    file.write_text("# a country\n198.51.100.0/25 ; west\n\n2001:db8:1::/48\n203.0.113.77\n", "utf-8")
    assert list(read(file)) == ["198.51.100.0/25", "2001:db8:1::/48", "203.0.113.77"]


@pytest.mark.parametrize(("content", "where"), [(b"203.0.113.0/24\n203.0.113.0/99\n", ":2:"), (b"\xff\xfe", ""), (None, "")])
def test_a_list_that_is_none_says_where(tmp_path: Path, content: bytes | None, where: str) -> None:
    file = tmp_path / "list"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NetworksWrong, match=re.escape(f"{file}{where}")):
        list(read(file))
