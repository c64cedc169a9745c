"""`okno serve X`: one service in the foreground, for `okno up` and for systemd."""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from okno import logs
from okno.bus import redis_url_for
from okno.command import state
from okno.database import await_databases, url_for
from okno.errors import OknoError, Refused
from okno.settings import Runtime, default_state, load_settings

HERE = Path("okno.yaml")


class NoSuchPbx(Refused):
    """The settings name no such PBX."""


class NoStandby(Refused):
    """The settings name no place for a second engine."""


def runtime_of(args: argparse.Namespace) -> Runtime:
    """Return the settings and state that are meant.

    The settings are --config, else OKNO_CONFIG, else those of the `okno up` that runs on this state, else ./okno.yaml,
    else the defaults. Both are also put into the environment, so that what this process starts sees the same.
    Raises SettingsError.
    """
    home = Path(args.state).expanduser().resolve() if args.state else default_state()
    config: Path | None = args.config
    if config is None and not os.environ.get("OKNO_CONFIG"):
        running = state.read_up(home) or {}
        config = Path(running["config"]) if running.get("config") else HERE if HERE.exists() else None
    if config is not None:
        os.environ["OKNO_CONFIG"] = str(config.expanduser().resolve())
    os.environ["OKNO_STATE"] = str(home)
    return Runtime(load_settings(config), home)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM; return the exit code. Raises OknoError with what is in the way."""
    runtime = runtime_of(args)
    pbx = pbx_name(runtime, args.pbx) if args.service == "pbx" else None
    name = args.service
    if getattr(args, "standby", False):
        runtime, name = second(runtime, args.service), "engine-standby"
    try:
        logs.setup(name, runtime.settings.log_level, runtime.log_folder)
    except OSError as error:
        raise state.unusable(error, runtime.log_folder) from None
    try:
        if pbx is not None:
            asyncio.run(import_module("engine.pbx").main(runtime, pbx))
        else:
            asyncio.run(_serve(args.service, runtime))
    except OknoError as error:
        logs.get(__name__).critical("cannot_serve", extra={"reason": str(error)})
        return 1
    return 0


def second(runtime: Runtime, service: str) -> Runtime:
    """Return what the second engine runs with: the same, its own place first. Raises NoStandby."""
    engine = runtime.settings.engine
    if service != "engine":
        raise NoStandby("--standby is for `okno serve engine`")
    if engine.standby is None:
        raise NoStandby("--standby needs a place for the second engine: set engine.standby (host, port)")
    return replace(runtime, settings=runtime.settings.model_copy(update={"engine": engine.turned}))


async def _serve(service: str, runtime: Runtime) -> None:
    url = url_for(runtime.settings, service)
    redis_url_for(runtime.settings)  # an address that is none is told before anything else

    def waits(reason: str) -> None:
        logs.get(__name__).error("waiting_for_database", extra={"reason": reason})

    await await_databases(url, [urlsplit(url).path.lstrip("/")], waits)
    await import_module(f"{service}.service").main(runtime)


def pbx_name(runtime: Runtime, wanted: str | None) -> str:
    """Return the PBX that is meant: the one named, or the only one. Raises NoSuchPbx."""
    names = [pbx.name for pbx in runtime.settings.pbxes]
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted not in names:
        raise NoSuchPbx(f"--pbx must be one of the settings' pbxes: {', '.join(names) or 'there are none'}")
    return wanted
