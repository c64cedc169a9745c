"""A taken port is noticed and its holder named."""

import os
import socket

from okno.command.processes import ports


def test_a_port_somebody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert ports.taken("127.0.0.1", port)
        assert ports.holder(port).endswith(f"pid {os.getpid()}")
    assert not ports.taken("127.0.0.1", port)
    assert ports.holder(port) == ""


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", ports.free())):
        pass


def test_udp_and_tcp_are_told_apart() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        port = phone.getsockname()[1]
        assert ports.taken("127.0.0.1", port, udp=True)
        assert ports.holder(port, udp=True).endswith(f"pid {os.getpid()}")
        assert ports.holder(port) == ""
    assert not ports.taken("127.0.0.1", port, udp=True)
