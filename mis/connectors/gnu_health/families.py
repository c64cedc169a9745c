"""Who belongs to whom: a birth certificate names the parents, a family its members and their roles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mis.connectors.gnu_health.forms import PATIENT, Member, Patient, read
from mis.connectors.gnu_health.health import Health, number
from mis.terms import Context, NotFound, Relation, Relative
from okno import clock

MEMBER = "gnuhealth.family_member"


@dataclass(frozen=True, slots=True)
class Roles:
    """What the members of families are, by party: who speaks for whom in one family."""

    members: tuple[Member, ...]
    guardian: frozenset[str]
    child: frozenset[str]

    def wards(self, parties: Iterable[int]) -> frozenset[int]:
        """Parties of the children in whose family one of these is a guardian."""
        ours = set(parties)
        families = {one.family for one in self.members if one.party in ours and _is(one, self.guardian)}
        return frozenset(one.party for one in self.members if one.family in families and _is(one, self.child)) - ours

    def guards(self, guardian: int, child: int) -> bool:
        """Say whether one is the other's guardian."""
        return child in self.wards([guardian])


class Families(Health):
    """Ties between the persons of a GNU Health."""

    async def relatives(self, ctx: Context, patient: str) -> tuple[Relative, ...]:
        """Return who belongs to a patient: parents and guardians, those he speaks for, the rest of the family."""
        rows = await self._wire.rows(ctx, "gnuhealth.patient", [["id", "=", number(patient)]], PATIENT, gone=True)
        if not rows:
            raise NotFound
        own = read(Patient, rows[0]).party
        roles = await self._roles(ctx, [own.id])
        others = sorted({*own.parents, *(one.party for one in roles.members)} - {own.id})
        people = await self._people(ctx, own.id, others)
        found, today = [], clock.now().date()
        for one in people:
            certified, party = one.party.id in own.parents, one.party.id
            if certified or roles.guards(party, own.id):
                until = self._until(own.dob)
                speaks = until is not None and until > today and not one.party.deceased
                found.append(_relative(one, "guardian", authority=speaks, until=until))
            elif own.id in one.party.parents or roles.guards(own.id, party):
                found.append(_relative(one, "ward", authority=False, until=self._until(one.party.dob)))
            else:
                found.append(_relative(one, "family", authority=False, until=None))
        order = {"guardian": 0, "ward": 1, "family": 2}
        return tuple(sorted(found, key=lambda one: order[one.relation]))

    async def _roles(self, ctx: Context, parties: Sequence[int]) -> Roles:
        """The families of these persons, whole."""
        domain = [["family.members.party", "in", list(parties)]]
        rows = await self._wire.rows(ctx, MEMBER, domain, ("family", "party", "role"))
        guardian, child = (
            frozenset(role.casefold() for role in several)
            for several in (self._options.guardian_roles, self._options.child_roles)
        )
        return Roles(tuple(read(Member, row) for row in rows), guardian, child)

    async def _people(self, ctx: Context, own: int, others: list[int]) -> list[Patient]:
        """The patients among these persons, and the children whose certificate names `own`."""
        children = [[f"party.birth_certificate.{parent}", "=", own] for parent in ("mother", "father")]
        domain: list[Any] = ["OR", ["party", "in", others], *children]
        return [read(Patient, row) for row in await self._wire.rows(ctx, "gnuhealth.patient", domain, PATIENT)]

    def _until(self, born: date | None) -> date | None:
        """When a parent's right to hear of a child's health ends; None when the child's birth is not known."""
        if born is None:
            return None
        year = born.year + self._options.guardian_until
        try:
            return born.replace(year=year)
        except ValueError:  # the 29th of February
            return date(year, 3, 1)


def _relative(one: Patient, relation: Relation, *, authority: bool, until: date | None) -> Relative:
    return Relative(
        id=str(one.id), name=one.party.called, relation=relation, born=one.party.dob, authority=authority, until=until
    )


def _is(one: Member, roles: frozenset[str]) -> bool:
    return (one.role or "").strip().casefold() in roles
