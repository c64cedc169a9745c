"""`okno up`: the whole of Okno on one machine, in the foreground, brought back when a part of it dies."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import TextIO

from okno import clock
from okno.bus import redis_url_for
from okno.command import demo, programs, state
from okno.command.processes import ports
from okno.command.processes.supervise import Keeper, Supervisor
from okno.command.serve import HERE
from okno.database import await_databases, server_for
from okno.errors import Refused, TheirFault
from okno.settings import Runtime, default_state, load_settings

DATABASES = ("okno_engine", "okno_chat", "okno_mis", "okno_web")


class NoSettings(Refused):
    """There is nothing to start from."""


class ServersDown(TheirFault):
    """PostgreSQL or Valkey could not be started."""


class PortTaken(Refused):
    """A port that Okno needs is in use."""


def run(args: argparse.Namespace) -> int:
    """Start everything and stay until Ctrl-C or SIGTERM; return the exit code. Raises OknoError."""
    where = _config(args)
    home = _state(args)
    os.environ["OKNO_CONFIG"], os.environ["OKNO_STATE"] = str(where), str(home)
    runtime = Runtime(load_settings(where), home)
    server_for(runtime.settings), redis_url_for(runtime.settings)  # an address that is none is told at once
    state.refuse_lost_keyring(runtime)
    state.prepare(runtime)
    with state.lock(home):
        return asyncio.run(Up(runtime, with_demo=args.demo, out=sys.stdout).live())


class Up:
    """One life of `okno up`."""

    def __init__(self, runtime: Runtime, *, with_demo: bool, out: TextIO) -> None:
        self._runtime = runtime
        self._demo = with_demo
        self._out = out
        self._supervisor = Supervisor(())
        self._asked = asyncio.Event()

    async def live(self) -> int:
        """Start, wait to be asked to end, end. Raises OknoError when the start is impossible."""
        refuse_taken(programs.listens(self._runtime, demo=self._demo))
        plan = programs.plan(
            self._runtime, demo=self._demo, say=self._say
        )  # may build an Asterisk: Ctrl-C just ends us
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._ask)
        os.environ.update(plan.environment)
        stages = [plan.servers, *plan.stages]
        self._supervisor = Supervisor([[Keeper(p, self._say, self._record) for p in stage] for stage in stages])
        starting = asyncio.create_task(self._start())
        asked = asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asked
        finally:
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            self._say("okno", "stopping")
            await self._supervisor.stop()
            (self._runtime.state / state.UP_FILE).unlink(missing_ok=True)
        self._say("okno", "stopped; nothing is left running")
        return 0

    async def _start(self) -> None:
        self._say("okno", "starting; the first time takes longer")
        late = await self._supervisor.start_stage(0)
        if late:
            raise ServersDown(f"{', '.join(late)} did not start; its last lines are above")
        await await_databases(
            server_for(self._runtime.settings), DATABASES, lambda why: self._say("okno", f"WARNING {why}; trying again")
        )
        making = asyncio.create_task(demo.logins(self._runtime)) if self._demo else None
        try:
            for number in range(1, len(self._supervisor.stages)):
                for name in await self._supervisor.start_stage(number):
                    self._say(name, "WARNING is not ready yet; see its lines above, it is being tried again")
            self._screen(await making if making is not None else [])
        finally:
            if making is not None:
                making.cancel()

    def _screen(self, logins: list[demo.Login]) -> None:
        address = self._runtime.settings.web.public_url
        lines = ["", f"  Okno is up:  {address}", ""]
        if logins:
            lines += ["  Log in as:"]
            lines += [f"    {login.role:<14} {login.name:<16} {login.password}" for login in logins]
            lines += ["", f"  How everything is:  okno status --state {self._runtime.state}", ""]
            lines += ["  Synthetic patients are calling. Ctrl-C ends everything.", ""]
        else:
            lines += ["  Make the first account with `okno user add`. Ctrl-C ends everything.", ""]
        self._out.write("\n".join(lines) + "\n")
        self._out.flush()

    def _say(self, name: str, line: str) -> None:
        moment = clock.now().astimezone().strftime("%H:%M:%S")
        with contextlib.suppress(BrokenPipeError):  # a pager that was closed must not end the clinic's telephones
            self._out.write(f"{moment} {name:<10} {line}\n")
            self._out.flush()

    def _record(self) -> None:
        address = self._runtime.settings.web.public_url
        state.write_up(self._runtime.state, self._supervisor.now(), address=address, demo=self._demo)

    def _ask(self) -> None:
        if self._asked.is_set():
            self._say("okno", "already stopping; a moment")
        self._asked.set()


def refuse_taken(listens: list[programs.Listen]) -> None:
    """Raise PortTaken with one line for each port that somebody else has, or two of ours want."""
    lines, wanted = [], dict[tuple[str, int, bool], str]()
    for listen in listens:
        first = wanted.setdefault((listen.host, listen.port, listen.udp), listen.key)
        if first != listen.key:
            lines.append(f"port {listen.port} ({listen.key}) is also {first}")
        elif ports.taken(listen.host, listen.port, udp=listen.udp):
            who = ports.holder(listen.port, udp=listen.udp)
            lines.append(f"port {listen.port} ({listen.key}) is taken{f' by {who}' if who else ''}")
    if lines:
        raise PortTaken("\n".join(lines))


def _config(args: argparse.Namespace) -> Path:
    if args.config is not None:
        return Path(args.config).expanduser().resolve()
    if os.environ.get("OKNO_CONFIG"):
        return Path(os.environ["OKNO_CONFIG"]).expanduser().resolve()
    if args.demo:
        spec = importlib.util.find_spec("demo")
        if spec is None or spec.origin is None:
            raise NoSettings("the demo is not in this installation")
        return Path(spec.origin).parent / "okno.demo.yaml"
    if HERE.exists():
        return HERE.resolve()
    raise NoSettings("there is no okno.yaml here: copy okno.example.yaml, give --config, or try `okno up --demo`")


def _state(args: argparse.Namespace) -> Path:
    if args.state is not None:
        return Path(args.state).expanduser().resolve()
    return default_state() / "demo" if args.demo and not os.environ.get("OKNO_STATE") else default_state()
