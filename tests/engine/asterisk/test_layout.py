"""Where Asterisk keeps its files."""

from __future__ import annotations

from pathlib import PurePosixPath

from engine.asterisk.layout import DEBIAN, Layout, installed, read_directories

CONF = """
[directories](!)
astetcdir => /etc/asterisk
astmoddir = /opt/asterisk/modules ; ours
[options]
astlogdir => /not/this
"""


def test_directories_are_read_and_nothing_of_other_sections() -> None:
    assert read_directories(CONF) == {"astetcdir": "/etc/asterisk", "astmoddir": "/opt/asterisk/modules"}


def test_what_the_file_leaves_out_is_debians_default() -> None:
    layout = installed(CONF)
    assert layout.modules == PurePosixPath("/opt/asterisk/modules")
    assert layout.log == DEBIAN.log


def test_a_private_instance_has_everything_below_its_home() -> None:
    home = PurePosixPath("/srv/okno")
    layout = Layout.under(home, DEBIAN.modules)
    places = (layout.etc, layout.lib, layout.db, layout.data, layout.spool, layout.run, layout.log)
    assert all(place.is_relative_to(home) for place in places)
    assert layout.modules == DEBIAN.modules
