"""The clinic of the chaos test: that of the system tests, its engine behind the AMI proxy."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from engine.asterisk import console
from okno.command.processes import embedded
from tests.chaos.proxy import AmiProxy
from tests.system import clinic as clinics

PBX = "main"
# The engine notices a silent link sooner than in a clinic, so that a run has room for more faults.
AMI_PATIENCE = {"ping_s": 2.0, "dead_after_s": 6.0}
WRAP_UP_S = 3
# A queue nobody calls: its members only call and are called.
OFFICE = "office"
OFFICE_PHONES = (*range(4001, 4041), *range(4101, 4161), *range(4201, 4221))
ASK = aiohttp.ClientTimeout(total=2)


@dataclass
class ChaosClinic(clinics.Clinic):
    """A running `okno up` whose every part can be looked at. `proxy` stands between its engine and AMI."""

    proxy: AmiProxy | None = None
    outside_port: int = 0
    trunk_port: int = 0

    @property
    def journal(self) -> list[Path]:
        """The PBX's CEL files, the oldest first."""
        file = self.log / "cel-custom/okno.csv"
        return [*sorted(file.parent.glob(f"{file.name}.*"), reverse=True), file]

    @property
    def log(self) -> Path:
        """Where the PBX writes its journal."""
        return self.state / "pbx" / PBX / "log"

    @property
    def ami_port(self) -> int:
        """Where Asterisk itself listens for AMI."""
        return int(self.config["pbxes"][0]["ami"]["port"])

    async def rotate(self, *, copying: bool) -> None:
        """Put both files of the journal aside as logrotate does: copied and cut, or renamed and Asterisk told."""
        for name in ("cel-custom/okno.csv", "queue_log"):
            file = self.log / name
            older = sorted(file.parent.glob(f"{file.name}.*"), reverse=True)
            for old in older:
                old.rename(file.with_name(f"{file.name}.{int(old.suffix[1:]) + 1}"))
            first = file.with_name(f"{file.name}.1")
            if not file.exists():
                continue
            if copying:
                shutil.copy2(file, first)
                os.truncate(file, 0)
            else:
                file.rename(first)
        with contextlib.suppress(console.NoConsole):
            await self.console("logger reload")

    def secret(self, name: str) -> str:
        """A secret of the state directory."""
        return (self.state / f"secrets/{name}.secret").read_text().strip()

    @property
    def database_url(self) -> str:
        """The engine's database."""
        return f"postgresql://okno:{self.secret('database')}@127.0.0.1:{self.config['database_port']}/okno_engine"

    async def ask(self, service: str, path: str) -> tuple[int, Any]:
        """GET an internal path of a service with the service credential; (0, None) when nobody answers."""
        address = f"http://127.0.0.1:{self.config[service]['port']}{path}"
        headers = {"Okno-Service": self.secret("service")}
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=ASK) as session,
                session.get(address) as answer,
            ):
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return 0, None
        return answer.status, json.loads(text) if "json" in answer.content_type else text

    async def console(self, command: str) -> str:
        """What Asterisk's console answers. Raises NoConsole."""
        return await console.ask(self.state / "pbx" / PBX / "run/asterisk.ctl", command)

    async def link_is_live(self) -> bool:
        """Whether an engine leads and its link to the PBX is live."""
        status, told = await self.ask("engine", "/v1/status")
        return status == 200 and [link["link"] for link in told["pbxes"] if link["id"] == PBX] == ["live"]

    async def serves(self, kind: str) -> bool:
        """Whether a part works again. `kind`: engine, web, postgres, valkey, asterisk or ami."""
        match kind:
            case "engine":
                return await self.link_is_live()
            case "ami":
                return self.proxy is not None and self.proxy.sound and await self.link_is_live()
            case "web":
                return (await self.ask("web", "/ready"))[0] == 200
            case "postgres":
                return await embedded.postgres_answers(self.database_url)
            case "valkey":
                port = self.config["redis_port"]
                return await embedded.redis_answers(f"redis://:{self.secret('redis')}@127.0.0.1:{port}/0")
            case _:
                try:
                    return "fully booted" in (await self.console("core waitfullybooted")).lower()
                except console.NoConsole:
                    return False


async def start(state: Path, log_level: str = "info") -> ChaosClinic:
    """Start proxy and clinic in `state` and wait until everything is ready, with a token that may read."""
    ports = clinics.free_ports(15)
    config = clinics.settings(ports, ports[11]) | {"log_level": log_level}
    # Pauses of the engine's are in the air whenever it dies: none may stay.
    next(queue for queue in config["queues"] if queue["name"] == clinics.MAIN_QUEUE)["wrap_up_s"] = WRAP_UP_S
    config["queues"].append({"name": OFFICE, "title": {"ru": OFFICE, "en": OFFICE}, "wrap_up_s": 0, "callbacks": clinics.ANY_HOUR})
    config["operators"] += [clinics.operator(extension, [OFFICE], ports[11]) for extension in OFFICE_PHONES]
    pbx = config["pbxes"][0]
    pbx["ami"] |= AMI_PATIENCE
    pbx["rtp_ports"] = [20000 + ports[8] % 200 * 100, 20098 + ports[8] % 200 * 100]
    for_engine = copy.deepcopy(config)
    for_engine["pbxes"][0]["ami"]["port"] = ports[12]
    proxy = AmiProxy(ports[12], ports[9])
    await proxy.start()
    state.mkdir(parents=True, exist_ok=True)
    for name, settings in (("okno.yaml", config), ("engine.yaml", for_engine)):
        (state / name).write_text(yaml.safe_dump(settings, allow_unicode=True))
    output = state / "up.out"
    with output.open("wb") as sink:
        # Whatever becomes of us, `okno up` is asked to end, and ends what it started.
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "tests.chaos.launcher", str(state / "engine.yaml"),
             "--config", str(state / "okno.yaml"), "--state", str(state)],
            cwd=Path(__file__).parents[2], stdout=sink, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    clinic = ChaosClinic(
        process, state, config, ports[11], output, proxy=proxy, outside_port=ports[10], trunk_port=ports[13]
    )
    try:
        await clinic.ready(120)
        clinic.token = clinic.run("token", "create", "--role", "supervisor").strip().splitlines()[-1]
    except BaseException:
        await stop(clinic)
        raise
    return clinic


async def stop(clinic: ChaosClinic) -> None:
    """End the clinic and its proxy."""
    await asyncio.to_thread(clinic.stop)
    if clinic.proxy is not None:
        await clinic.proxy.close()
