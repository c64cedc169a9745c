"""Any entity goes through a real PostgreSQL and comes back the same; what is sealed is readable nowhere else."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings

from engine.store import opening
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.saving import TurnStore
from engine.store.tables import BY_KIND, CALLS, CONFIGURED, TABLES
from engine.world import Call, Entity, Leg, Put, Request
from engine.world.entities import KINDS
from okno.seal import Keyring, SealBroken
from tests.engine.store.entities import durable
from tests.fixtures import OpenDatabase

AT = datetime(2026, 11, 21, tzinfo=UTC)
CALL = Call(
    key="01a1fc83-ff2b-7423-98eb-001c22def031", pbx="main", direction="inbound", channel="1.1", phone="+79990001873",
    caller_name="Ivanova", dialled="+73430000001", started_at=AT,
    legs=(Leg(operator="orlova", channel="1.2", rang_at=AT),),
)  # fmt: skip


def test_every_durable_kind_has_its_table_and_every_attribute_its_column() -> None:
    assert set(BY_KIND) == {kind for kind in KINDS if kind.DURABLE}
    for table in TABLES:
        kept = {"key", *table.plain, *table.sealed} | ({"legs", "visits"} if table is CALLS else set())
        configured = CONFIGURED.get(table.kind, frozenset())
        assert kept | configured == {field.name for field in fields(table.kind)}
        assert not kept & configured


async def test_any_entity_comes_back_the_same(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    store = TurnStore(one, codec)
    await one.execute("UPDATE lease SET epoch = 1")
    entities: dict[tuple[type[Entity], str], Entity] = {}
    unique: set[object] = set()

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(durable)
    def gather(entity: Entity) -> None:
        place: object = entity.key
        if isinstance(entity, Call):
            place = (entity.pbx, entity.channel)
        elif isinstance(entity, Request):
            place = (entity.year, entity.number)
        if (type(entity), place) not in unique:
            unique.add((type(entity), place))
            entities[type(entity), entity.key] = entity

    gather()
    batch = Batch()
    batch.add([Put(entity) for entity in entities.values()], ())
    await store.save(1, 1, batch)
    loaded = {(type(entity), entity.key): entity for entity in await opening.open_world(one, codec)}
    assert loaded == entities


def test_a_row_holds_no_number_and_no_name(keyring: Keyring) -> None:
    codec = Codec(keyring.sealer("engine"))
    row = repr(codec.encode(CALLS, CALL, still_open=True)) + repr(codec.legs(CALL))
    for secret in ("79990001873", "1873", "Ivanova", "73430000001"):
        assert secret not in row


def test_a_sealed_field_opens_in_its_own_place_only(keyring: Keyring) -> None:
    codec = Codec(keyring.sealer("engine"))
    row = dict(zip(CALLS.columns, codec.encode(CALLS, CALL, still_open=True), strict=True))
    assert codec.decode(CALLS, row) == replace(CALL, legs=())
    with pytest.raises(SealBroken):
        codec.decode(CALLS, row | {"phone": row["caller_name"]})
    with pytest.raises(SealBroken):
        codec.decode(CALLS, row | {"id": "01a1fc83-ff2b-7423-98eb-001c22def032"})


def test_the_blind_indexes_are_of_the_number_and_of_its_tail(keyring: Keyring) -> None:
    codec = Codec(keyring.sealer("engine"))
    assert codec.blinds("") == (None, None)
    assert codec.blinds("+79990001873") == (codec.blind("+79990001873"), codec.blind_last4("1873"))
    assert codec.blind("+79990001873") != codec.blind("+79990001874")
