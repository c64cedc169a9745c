"""The directory on a running engine: imported, changed, refused, undone, told in a long poll."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from okno.audit import AuditTrail, verify
from okno.database import Database
from okno.seal import Keyring
from okno.service import ServiceRefused
from tests.engine.conftest import Child, StartEngine

WHO = {"actor": "admin", "role": "administrator"}


@pytest_asyncio.fixture
async def engine(start_engine: StartEngine) -> AsyncIterator[Child]:
    """A running engine."""
    child = await start_engine()
    await child.ready()
    yield child


async def document(engine: Child) -> dict[str, Any]:
    """A copy of the document in force, to be changed."""
    return copy.deepcopy((await engine.client.directory())["document"])


async def test_the_yaml_is_the_first_version_and_is_audited(engine: Child) -> None:
    newest = await engine.client.directory()
    assert (newest["version"], newest["head"]["source"], newest["head"]["actor"]) == (1, "yaml", "system")
    assert [one["name"] for one in newest["document"]["operators"]] == [
        one.name for one in engine.runtime.settings.operators
    ]
    database = await Database.open(engine.database_url, name="t")
    try:
        sealer = Keyring.load(engine.runtime.keyring_path).sealer("engine")
        assert [row.action for row in await AuditTrail(database, sealer).page()] == ["directory.import"]
        kept = await database.fetchval("SELECT document FROM directory")
        assert engine.runtime.settings.operators[0].name.encode() not in bytes(kept)
    finally:
        await database.close()


async def test_a_change_is_a_version_with_its_diff_and_its_audit(engine: Child) -> None:
    wanted = await document(engine)
    wanted["operators"][0]["penalty"] = 3
    done = await engine.client.directory_change(**WHO, base=1, document=wanted, note="a new one learns")
    name = wanted["operators"][0]["name"]
    assert done["version"] == 2
    assert [(one["path"], one["was"], one["now"]) for one in done["diff"]] == [(f"operators[{name}].penalty", 0, 3)]
    heads = (await engine.client.directory_versions())["items"]
    assert [(one["version"], one["source"], one["note"]) for one in heads] == [
        (2, "page", "a new one learns"), (1, "yaml", "")
    ]
    assert (await engine.client.directory_version(2))["diff"] == done["diff"]
    database = await Database.open(engine.database_url, name="t")
    try:
        sealer = Keyring.load(engine.runtime.keyring_path).sealer("engine")
        row = (await AuditTrail(database, sealer).page(limit=1))[0]
        assert (row.actor, row.action, row.details["version"]) == ("admin", "directory.change", 2)
        assert row.details["diff"] == done["diff"]
        assert await verify(database, sealer) is None
    finally:
        await database.close()


async def test_a_broken_flow_is_refused_at_its_step(engine: Child) -> None:
    wanted = await document(engine)
    queue = wanted["queues"][0]["name"]
    steps = {"hello": {"kind": "play", "prompts": ["hello"], "next": "wait"}, "wait": {"kind": "queue", "queue": queue}}
    wanted["flows"] = {"main": {"start": "hello", "steps": steps}}
    with pytest.raises(ServiceRefused) as refused:
        await engine.client.directory_change(**WHO, base=1, document=wanted)
    assert [one["path"] for one in refused.value.problem["errors"]] == ["flows.main.steps.hello.prompts[0]"]
    wanted["prompts"] = {"hello": {"label": {"ru": "Hello"}, "text": {"ru": "Hello"}}}
    assert (await engine.client.directory_change(**WHO, base=1, document=wanted))["version"] == 2
    # The queue goes, and the flow would lead nowhere.
    wanted["queues"] = [{**one, "name": f"{one['name']}2"} for one in wanted["queues"]]
    wanted["lines"] = [{**one, "queue": f"{one['queue']}2"} for one in wanted["lines"]]
    wanted["operators"] = [{**one, "queues": []} for one in wanted["operators"]]
    found = (await engine.client.directory_check(wanted))["errors"]
    assert [one["path"] for one in found] == ["flows.main.steps.wait.queue"]


async def test_undoing_is_a_version_with_the_old_document(engine: Child) -> None:
    before, wanted = await document(engine), await document(engine)
    wanted["pause_reasons"]["tea"] = {"ru": "Tea", "en": "Tea"}
    await engine.client.directory_change(**WHO, base=1, document=wanted)
    assert (await engine.client.directory_undo(**WHO, base=2, version=1))["version"] == 3
    newest = await engine.client.directory()
    assert newest["document"] == before
    assert (newest["head"]["source"], newest["head"]["restored"]) == ("undo", 1)
    assert (await engine.client.directory_version(3, against=1))["diff"] == []
    with pytest.raises(ServiceRefused) as unknown:
        await engine.client.directory_undo(**WHO, base=3, version=99)
    assert unknown.value.status == 404


async def test_of_two_administrators_the_second_is_shown_the_newest(engine: Child) -> None:
    mine, theirs = await document(engine), await document(engine)
    mine["queues"][0]["ring_s"] = 21
    theirs["queues"][0]["max_wait_s"] = 200
    await engine.client.directory_change(**WHO, base=1, document=theirs)
    with pytest.raises(ServiceRefused) as stale:
        await engine.client.directory_change(**WHO, base=1, document=mine)
    assert (stale.value.status, stale.value.problem["key"]) == (409, "error.directory_stale")
    assert stale.value.problem["newest"]["document"]["queues"][0]["max_wait_s"] == 200
    assert (await engine.client.directory())["version"] == 2


async def test_what_cannot_be_is_refused_field_by_field_and_changes_nothing(engine: Child) -> None:
    wanted = await document(engine)
    wanted["operators"][1]["extension"] = wanted["operators"][0]["extension"]
    wanted["operators"][0]["queues"] = ["nowhere"]
    wanted["queues"][0]["ring_s"] = 1
    found = (await engine.client.directory_check(wanted))["errors"]
    assert found == [
        {"path": "operators[0].queues[0]", "message": "there is no queue named 'nowhere'"},
        {"path": "operators[1].extension", "message": "is given twice"},
        {"path": "queues[0].ring_s", "message": "must be 3 or more"},
    ]
    with pytest.raises(ServiceRefused) as flawed:
        await engine.client.directory_change(**WHO, base=1, document=wanted)
    assert (flawed.value.status, flawed.value.problem["errors"]) == (422, found)
    assert (await engine.client.directory())["version"] == 1


async def test_nothing_changed_makes_no_version(engine: Child) -> None:
    done = await engine.client.directory_change(**WHO, base=1, document=await document(engine))
    assert (done["version"], done["diff"]) == (1, [])


async def test_a_follower_is_told_at_once_of_a_new_version_and_of_a_new_life(engine: Child) -> None:
    newest = await engine.client.directory()
    same = await engine.client.directory(1, epoch=newest["epoch"], wait_s=0.05)
    assert same["version"] == 1 and "document" not in same
    waiting = asyncio.create_task(engine.client.directory(1, epoch=newest["epoch"], wait_s=8))
    await asyncio.sleep(0.1)
    wanted = await document(engine)
    wanted["outcomes"]["other"] = {"en": "Other"}
    await engine.client.directory_change(**WHO, base=1, document=wanted)
    told = await asyncio.wait_for(waiting, 5)
    assert told["version"] == 2 and told["document"]["outcomes"]["other"] == {"en": "Other"}
    assert (await asyncio.wait_for(engine.client.directory(2, epoch="0", wait_s=8), 5))["version"] == 2


async def test_after_a_kill_the_newest_version_is_in_force(start_engine: StartEngine) -> None:
    first = await start_engine()
    await first.ready()
    wanted = await document(first)
    wanted["skills"]["english"] = {"ru": "English", "en": "English"}
    await first.client.directory_change(**WHO, base=1, document=wanted)
    first.kill()
    again = await start_engine()
    await again.ready()
    newest = await again.client.directory()
    assert newest["version"] == 2 and "english" in newest["document"]["skills"]
