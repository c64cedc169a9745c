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
