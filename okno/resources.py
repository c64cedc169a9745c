"""Where the folders that are not Python packages live: in the checkout, or in the wheel's share/okno."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from okno.errors import OurFault


class ResourceMissing(OurFault):
    """A folder that belongs to Okno is not in this installation."""


def folder(name: str) -> Path:
    """Return the directory `name` ("dialplan", "asterisk-conf") or file ("okno.example.yaml") that travels with Okno.

    Works from a checkout, an editable install, a wheel in a venv and a wheel installed with `--user`.
    Raises ResourceMissing when none of these places has it.
    """
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    homes = [Path(__file__).parent.parent] + [Path(sysconfig.get_path("data", s)) / "share" / "okno" for s in schemes]
    for home in homes:
        if (home / name).exists():
            return home / name
    raise ResourceMissing(f"{name} is not in this installation; looked in {', '.join(map(str, homes))}")


def templates_dir() -> Path:
    """Return the root under which Jinja2 finds both `dialplan/` and `asterisk-conf/`. Raises ResourceMissing."""
    return folder("asterisk-conf").parent
