"""A user with the rights docs/mis/gnu-health.md asks for, and no others, is enough; with less it is told what is not."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from mis.connectors import Setup, make
from mis.terms import (
    Booked,
    BookingOrder,
    Connector,
    ContactReport,
    Created,
    Forbidden,
    Invalid,
    PatientDraft,
    PatientQuery,
    SlotQuery,
)
from okno import clock
from okno.settings import MisSettings
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import GnuClinic, GnuHealthServer

MANUAL = Path(__file__).parents[4] / "docs" / "mis" / "gnu-health.md"


class Account:
    """A user of the server with rights of a group of its own."""

    def __init__(self, server: GnuHealthServer) -> None:
        self.server, self.group = server, 0
        self.name, self.word = f"okno{secrets.token_hex(4)}", f"Word-{secrets.token_hex(12)}"

    async def open(self) -> Connector:
        """Make the user; he may do what anybody may."""
        self.group = await self.server.create("res.group", name=self.name)
        groups = [["add", [self.group]]]
        await self.server.create("res.user", name=self.name, login=self.name, password=self.word, groups=groups)
        settings = MisSettings(connector="gnu_health", address=self.server.base, user=self.name, secret="word")
        return make(Setup(settings=settings, secret=lambda _: self.word, zone=ZoneInfo("Asia/Yekaterinburg")))

    async def allow(self, model: str, rights: set[str]) -> None:
        """Give the group these rights on a model."""
        row = (await self.server.rows("ir.model", [["model", "=", model]]))[0]["id"]
        given = {f"perm_{one}": one in rights for one in ("read", "write", "create", "delete")}
        await self.server.call("model.ir.model.access.create", [{"model": row, "group": self.group, **given}], {})


def wanted() -> dict[str, set[str]]:
    """What the manual asks for, by model."""
    rights: dict[str, set[str]] = {}
    for line in re.findall(r"^  - (.+?(?:\n    .+?)*)$", MANUAL.read_text(), re.MULTILINE):
        words, models = line.split(":", 1)
        for model in re.findall(r"`([a-z_.]+)`", models):
            rights.setdefault(model, set()).update(re.findall(r"read|write|create|delete", words))
    return rights


@pytest.fixture
def account(gnu_health_server: GnuHealthServer) -> Account:
    return Account(gnu_health_server)


@pytest_asyncio.fixture
async def mis(account: Account) -> AsyncIterator[Connector]:
    one = await account.open()
    yield one
    await one.close()


async def everything(mis: Connector, clinic: GnuClinic) -> None:
    """Do all the connector offers."""
    ctx, patient = context(seconds=60), clinic.patients[0]
    assert (await mis.find_patients(ctx, PatientQuery(phones=(clinic.phone(0),)))).people
    assert (await mis.card(ctx, patient)).missing == ("balance", "consents")
    for kind in ("branches", "specialties", "doctors", "services", "cancel_reasons"):
        await mis.directory(ctx, kind)
    query = SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor)
    slot = (await mis.find_slots(ctx, query)).slots[0]
    booked = await mis.book(ctx, BookingOrder(key=str(uuid4()), slot=slot, patient=patient))
    assert isinstance(booked, Booked)
    sure = await mis.confirm(ctx, booked.appointment)
    assert (await mis.cancel(ctx, sure, "")).status == "cancelled"
    draft = PatientDraft(
        key=str(uuid4()), family=f"Q{clinic.tag}", given="Zoya", born=date(2020, 1, 1), phone=clinic.phone(5),
        guardian=patient,
    )  # fmt: skip
    assert isinstance(await mis.create_patient(ctx, draft), Created)
    cursor = (await mis.changes(ctx, "")).cursor
    await mis.changes(ctx, cursor)
    report = ContactReport(key=str(uuid4()), patient=patient, at=clock.now(), kind="call", outcome="", operator="")
    await mis.report_contact(ctx, report)


async def test_the_rights_the_manual_asks_for_are_enough(mis: Connector, account: Account) -> None:
    rights = wanted()
    assert rights["gnuhealth.appointment"] == {"read", "write", "create"} and len(rights) >= 15
    assert not any("delete" in several for several in rights.values())
    for model, several in rights.items():
        await account.allow(model, several)
    await everything(mis, await account.server.clinic(slots=1))


async def test_without_rights_it_is_told_so_and_nothing_is_done(mis: Connector, account: Account) -> None:
    clinic = await account.server.clinic(slots=1)
    await mis.state(context())
    with pytest.raises(Forbidden):
        await mis.find_slots(context(), SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor))
    with pytest.raises(Invalid):
        await mis.create_patient(context(), PatientDraft(key=str(uuid4()), family=f"Q{clinic.tag}", given="Zoya"))
    assert await account.server.rows("party.party", [["lastname", "=", f"Q{clinic.tag}"]]) == []
    assert "flags" in (await mis.card(context(), clinic.patients[0])).missing
