"""`okno pbx render|install`: hands over to the engine's Asterisk part, which is known here by name only."""

from __future__ import annotations

import argparse
from importlib import import_module

from okno.command.serve import pbx_name, runtime_of


def render(args: argparse.Namespace) -> int:
    """Write the rendered files; print their paths. Raises OknoError."""
    return _hand_over("render", args)


def install(args: argparse.Namespace) -> int:
    """Install the rendered files where that Asterisk reads them, and reload it. Raises OknoError."""
    return _hand_over("install", args)


def _hand_over(what: str, args: argparse.Namespace) -> int:
    runtime = runtime_of(args)
    commands = import_module("engine.asterisk.commands")
    for line in getattr(commands, what)(runtime, pbx_name(runtime, args.pbx), args.to):
        print(line)
    return 0
