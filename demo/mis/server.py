"""`python -m demo.mis.server`: the demo clinic's MIS until SIGTERM or Ctrl-C: sekmet-fhir, filled, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import aiohttp
import yaml

from demo.mis import filling
from okno import clock
from okno.command.processes.program import Program, tie_to_parent
from okno.errors import OknoError
from okno.settings import Runtime, runtime

START_S = 60
FOLDER = "demo-mis"


def program(here: Runtime) -> Program | None:
    """Return how `okno up --demo` runs it; None when sekmet-fhir is not installed."""
    if importlib.util.find_spec("sekmet") is None:
        return None
    token, port = here.secret(here.settings.mis.secret), here.settings.demo.mis_port
    return Program(
        name="demo-mis",
        argv=(sys.executable, "-P", "-m", "demo.mis.server"),
        port=port,
        ready=partial(filled, f"http://127.0.0.1:{port}/fhir", token),
        ready_s=90.0,  # five thousand resources on a loaded machine
        stop_s=10.0,
        death_signal=signal.SIGTERM,
        shows=lambda line: "INFO:" not in line,
    )


def configuration(here: Runtime, token: str) -> Path:
    """Write the server's settings into the state and return where."""
    folder, port = here.state / FOLDER, here.settings.demo.mis_port
    folder.mkdir(mode=0o700, exist_ok=True)
    told = {
        "base_url": f"http://127.0.0.1:{port}/fhir", "host": "127.0.0.1", "port": port, "data_dir": str(folder),
        "server_auth": {"types": ["bearer"], "tokens": [token]}, "simulator": {"enabled": False},
        "log_inbound": False, "facility_name": here.settings.clinic.name,
        "own_private_key_path": str(folder / "private.pem"),
    }  # fmt: skip
    path = folder / "sekmet.yaml"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(told, allow_unicode=True))
    return path


async def live(here: Runtime) -> int:
    """Run the server until it is asked to end, and fill it; return its exit code. Raises NotFilled."""
    token, base = here.secret(here.settings.mis.secret), f"http://127.0.0.1:{here.settings.demo.mis_port}/fhir"
    path = configuration(here, token)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-W", "ignore", "-c", "from sekmet.cli import app; app()", "serve", "-c", str(path),
        cwd=path.parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=tie_to_parent(signal.SIGKILL, os.getpid()),
    )  # fmt: skip
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    work = asyncio.create_task(_keep_filled(base, token, process))
    ends = [asyncio.create_task(process.wait()), asyncio.create_task(asked.wait()), work]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if work.done() and not asked.is_set() and process.returncode is None:
            work.result()
    finally:
        for task in ends:
            task.cancel()
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 5)
        if process.returncode is None:
            process.kill()
        await process.wait()
    return 0 if asked.is_set() else process.returncode or 1


async def _keep_filled(base: str, token: str, process: asyncio.subprocess.Process) -> None:
    """Fill the clinic once the server answers, and again when another day has begun."""
    for _ in range(START_S * 10):
        if process.returncode is not None or await answers(base):
            break
        await asyncio.sleep(0.1)
    while True:
        made = await filling.fill(base, token, clock.now().date())
        print(f"a FHIR R4 server on {base}, {made} resources put there", flush=True)
        await asyncio.sleep(3600)


async def filled(base: str, token: str) -> bool:
    """Say whether the server answers and holds its clinic."""
    try:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            return await filling.whole(session, base)
    except (aiohttp.ClientError, filling.NotFilled):
        return False


async def answers(base: str) -> bool:
    """Say whether a FHIR server answers there."""
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{base}/metadata") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def main() -> int:
    """Run for the settings of OKNO_CONFIG; returns the exit code."""
    try:
        return asyncio.run(live(runtime()))
    except OknoError as fault:
        print(f"demo.mis: {fault}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
