"""The demo's patients: behind every number a family of one kind, so that each trap of the MIS sheet calls some day.

Pure. The number +7 999 000-NN-NN says which: its last four digits, by twenty (`KINDS`). The same number is always the
same family.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

Json = dict[str, Any]
CALLERS = 400
CARD_SYSTEM = "urn:okno-demo:card"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
FLAGS = "urn:okno-demo:flag"
BALANCE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Account.balance"


@dataclass(slots=True)
class Home:
    """A family in the making: whose number it is, where luck and words come from, what is made."""

    number: int
    words: Json
    today: date
    dice: Random
    made: list[Json] = field(default_factory=list)

    @property
    def family(self) -> str:
        """Its surname, as a man's."""
        names = self.words["families"]
        return str(names[self.number % len(names)])

    def person(self, role: str, age: int, *, woman: bool, phone: bool = True, **more: Any) -> Json:
        """Make one of the family; his birthday is some months ago, his number spelt as a registrar felt like."""
        kind = ("women", "of_women") if woman else ("men", "of_men")
        given = [self.dice.choice(self.words[one]) for one in kind]
        born = date(self.today.year - age - 1, self.dice.randint(1, 12), self.dice.randint(1, 28))
        made: Json = {
            "resourceType": "Patient", "id": f"p{self.number:04d}-{role}", "active": True,
            "identifier": [{
                "system": CARD_SYSTEM, "value": f"{100000 + self.number * 10 + len(self.made)}",
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
            }],
            "name": [{"use": "official", "family": self.family + ("а" if woman else ""), "given": given}],
            "gender": "female" if woman else "male", "birthDate": born.isoformat(), **more,
        }  # fmt: skip
        if phone:
            made["telecom"] = [{"system": "phone", "value": self.spelt(), "use": "mobile"}]
        self.made.append(made)
        return made

    def spelt(self, number: int | None = None) -> str:
        """The family's number, as somebody has typed it once."""
        digits = f"999000{self.number if number is None else number:04d}"
        a, b, c, d = digits[:3], digits[3:6], digits[6:8], digits[8:]
        local = f"({a}) {b}-{c}-{d}"
        ways = [f"+7{digits}", f"8 {local}", f"8{digits}", f"+7 {a} {b} {c} {d}", digits, f"+7 {local}"]
        return ways[(self.number // 2 + len(self.made)) % len(ways)] if number is None else ways[0]

    def tie(self, speaker: Json, ward: Json, code: str, **more: Any) -> None:
        """Say that somebody speaks for a child, in the MIS's way."""
        name = f"r-{speaker['id']}-{ward['id'].rpartition('-')[2]}"
        self.made.append({
            "resourceType": "RelatedPerson", "id": name, "active": True,
            "patient": {"reference": f"Patient/{ward['id']}"},
            "relationship": [{"coding": [{"system": ROLES, "code": code}]}], "name": speaker["name"], **more,
        })  # fmt: skip
        speaker.setdefault("link", []).append({"other": {"reference": f"RelatedPerson/{name}"}, "type": "seealso"})

    def flag(self, one: Json, kind: str) -> None:
        """Put a warning on a card."""
        self.made.append({
            "resourceType": "Flag", "id": f"f-{one['id']}-{kind}", "status": "active",
            "code": {"coding": [{"system": FLAGS, "code": kind}], "text": self.words["words"][kind]},
            "subject": {"reference": f"Patient/{one['id']}"},
        })  # fmt: skip


def _single(home: Home) -> None:
    home.person("own", home.dice.randint(19, 75), woman=home.number % 2 == 0)


def _family(home: Home) -> None:
    """A mother, her child, and a grandfather who is dead: all on one number."""
    mother = home.person("mother", home.dice.randint(28, 42), woman=True)
    child = home.person("child", home.dice.randint(3, 12), woman=home.number % 2 == 1)
    home.person("grandfather", 78, woman=False, deceasedDateTime=f"{home.today.year - 2}-03-11")
    home.tie(mother, child, "MTH")


def _twins(home: Home) -> None:
    """Two of one surname and birthday on their mother's number: only the card tells them apart."""
    mother = home.person("mother", 36, woman=True)
    one, other = home.person("twin1", 7, woman=True), home.person("twin2", 7, woman=True)
    other["birthDate"], other["name"] = one["birthDate"], one["name"]
    home.tie(mother, one, "MTH")
    home.tie(mother, other, "MTH")


def _four(home: Home) -> None:
    """A guardian of four children who have no numbers of their own."""
    guardian = home.person("guardian", 45, woman=True)
    for number in range(4):
        home.tie(guardian, home.person(f"child{number}", 4 + 3 * number, woman=number % 2 == 0, phone=False), "GUARD")


def _fifteen(home: Home) -> None:
    """One who has just become fifteen: his mother may no longer be told; and the father's right ended long ago."""
    mother, father = home.person("mother", 41, woman=True), home.person("father", 44, woman=False)
    child = home.person("teen", 15, woman=False)
    child["birthDate"] = home.today.replace(year=home.today.year - 15, day=min(home.today.day, 28)).isoformat()
    home.tie(mother, child, "MTH")
    home.tie(father, child, "FTH", period={"end": f"{home.today.year - 4}-09-01"})


def _secret(home: Home) -> None:
    """A card that not everybody may see."""
    labels = {"security": [{"system": CONFIDENTIALITY, "code": "R", "display": "restricted"}]}
    home.flag(home.person("own", 52, woman=False, meta=labels), "vip")


def _merged(home: Home) -> None:
    """A record that was merged into another: both have the number."""
    new = home.person("new", 33, woman=True)
    old = home.person("old", 33, woman=True, active=False)
    old["link"] = [{"other": {"reference": f"Patient/{new['id']}"}, "type": "replaced-by"}]
    new["link"] = [{"other": {"reference": f"Patient/{old['id']}"}, "type": "replaces"}]


def _three(home: Home) -> None:
    """One who has three numbers, and is called by his first name with the letter yo."""
    own = home.person("own", 29, woman=False)
    own["telecom"] += [
        {"system": "phone", "value": home.spelt(number), "use": use}
        for number, use in ((home.number + 1000, "home"), (home.number + 2000, "work"))
    ]


def _insured(home: Home) -> None:
    """One with a policy whose payer wants to be asked first, an allergy, money on his account."""
    own = home.person("own", 47, woman=home.number % 2 == 0)
    who = {"reference": f"Patient/{own['id']}"}
    payer = home.words["payers"][home.number % len(home.words["payers"])]
    plan = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": "plan"}]}
    home.made += [
        {
            "resourceType": "Coverage", "id": f"c-{own['id']}", "status": "active", "beneficiary": who,
            "subscriberId": f"DMS-{700000 + home.number}", "period": {"end": f"{home.today.year + 1}-12-31"},
            "payor": [{"reference": f"Organization/{payer['id']}", "display": payer["name"]}],
            "class": [{"type": plan, "value": "plan", "name": payer["plan"]}],
            "extension": [{"url": "urn:okno:needs-letter", "valueBoolean": payer["letter"]}],
        },
        {
            "resourceType": "AllergyIntolerance", "id": f"a-{own['id']}", "patient": who,
            "clinicalStatus": {"coding": [{"code": "active"}]}, "code": {"text": home.words["words"]["allergy"]},
        },
        _account(own, 1500 + home.number),
    ]  # fmt: skip


def _debtor(home: Home) -> None:
    """One who owes, complained, and wants no advertisements."""
    own = home.person("own", 38, woman=home.number % 2 == 0)
    home.flag(own, "debt")
    home.flag(own, "complaint")
    home.made += [_account(own, -1200), {
        "resourceType": "Consent", "id": f"d-{own['id']}", "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]}, "patient": {"reference": f"Patient/{own['id']}"},
        "category": [{"coding": [{"system": FLAGS, "code": "no_ads"}]}],
        "policyRule": {"text": "OPTOUT"}, "provision": {"type": "deny"},
    }]  # fmt: skip


def _nobody(home: Home) -> None:
    """A number the clinic does not know."""


def _account(one: Json, amount: int) -> Json:
    inner = {"url": "amount", "valueMoney": {"value": amount, "currency": "RUB"}}
    return {
        "resourceType": "Account", "id": f"m-{one['id']}", "status": "active",
        "subject": [{"reference": f"Patient/{one['id']}"}], "extension": [{"url": BALANCE, "extension": [inner]}],
    }  # fmt: skip


KINDS: dict[int, Callable[[Home], None]] = {
    0: _family, 1: _twins, 2: _four, 3: _fifteen, 4: _secret, 5: _merged, 6: _three, 7: _insured, 8: _debtor,
    9: _nobody, 10: _family, 14: _insured, 17: _family,
}  # fmt: skip


def family(number: int, words: Json, today: date) -> list[Json]:
    """Return what the MIS has about the number +7 999 000-`number`.

    Args:
        number: 0 to 399, the numbers that call in the demo.
        words: of `clinic.yaml`.
        today: from which ages are counted.
    """
    home = Home(number, words, today, Random(number))
    KINDS.get(number % 20, _single)(home)
    return home.made


def strangers(words: Json, today: date) -> list[Json]:
    """Return patients nobody calls from: one with a Kazakh number, one without any number."""
    abroad, none = Home(400, words, today, Random(400)), Home(401, words, today, Random(401))
    abroad.person("abroad", 31, woman=True)["telecom"] = [{"system": "phone", "value": "+77010000400"}]
    none.person("none", 64, woman=False, phone=False)
    return [*abroad.made, *none.made]
