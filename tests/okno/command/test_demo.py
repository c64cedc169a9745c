"""The demo's log-ins are made once, work, and are told again at each start."""

from __future__ import annotations

import json
from pathlib import Path

import asyncpg
import pytest

from okno.command import demo, state
from okno.database import Database
from okno.database.addresses import database_url
from okno.settings import Runtime, Settings
from tests.fixtures import MakeUrl

SETTINGS = {
    "queues": [{"name": "desk", "title": {"en": "Desk"}}],
    "operators": [
        {"name": name, "title": {"en": name}, "extension": str(number), "queues": ["desk"]}
        for number, name in enumerate(("anna", "boris", "vera"), 1001)
    ] + [{"name": "nina", "title": {"en": "nina"}, "extension": "1099"}],
}


async def test_they_are_made_once(
    tmp_path: Path, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await new_database_url("web")
    name = server.rpartition("/")[2]
    config = tmp_path / "okno.yaml"
    config.write_text(json.dumps(SETTINGS))  # YAML is a superset
    runtime = Runtime(Settings.model_validate(SETTINGS), tmp_path / "state")
    state.prepare(runtime)
    monkeypatch.setenv("OKNO_CONFIG", str(config))
    monkeypatch.setenv("OKNO_STATE", str(runtime.state))
    monkeypatch.setenv("OKNO_DATABASE_URL", server)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    await _rename(server, name, "okno_web")
    try:
        made = await demo.logins(runtime)
        assert [(one.role, one.name, one.operator) for one in made] == [
            ("supervisor", "supervisor", "nina"),
            ("administrator", "admin", None),
            ("operator", "anna", "anna"),
            ("operator", "boris", "boris"),
        ]
        assert len({one.password for one in made}) == 4
        assert await demo.logins(runtime) == made
        file = runtime.state / "secrets" / demo.FILE
        assert file.stat().st_mode & 0o777 == 0o600
        file.unlink()  # as after a start that was interrupted: the accounts are there, their passwords are not
        again = await demo.logins(runtime)
        assert [one.name for one in again] == [one.name for one in made]
        assert again != made
        db = await Database.open(database_url(server, "okno_web"), name="test")
        assert len(await db.fetch("SELECT 1 FROM accounts")) == 4
        await db.close()
        file.write_text("{")
        with pytest.raises(demo.NoDemoAccounts, match="remove it"):
            await demo.logins(runtime)
    finally:
        await _rename(server, "okno_web", name)


async def _rename(server: str, old: str, new: str) -> None:
    connection = await asyncpg.connect(database_url(server, "postgres"))
    try:
        await connection.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    finally:
        await connection.close()
