"""The pieces FHIR R4 resources are made of, as far as they are read.

Elements nobody asked for are ignored in reading and kept in writing: a resource is changed as the JSON it came as.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

Json = dict[str, Any]
_REFERENCE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?$")


def known(of: Any) -> BeforeValidator:
    """Return what reads a code of a closed set: whatever a server says besides is "unknown"."""
    words = frozenset(get_args(of))
    return BeforeValidator(lambda value: value if isinstance(value, str) and value in words else "unknown")


class Part(BaseModel):
    """A piece of a resource."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class Coding(Part):
    """A code of a code system."""

    system: str = ""
    code: str = ""
    display: str = ""


class Concept(Part):
    """A CodeableConcept."""

    coding: tuple[Coding, ...] = ()
    text: str = ""

    @property
    def token(self) -> str:
        """The first code as a search token, `system|code`; empty when there is none."""
        for one in self.coding:
            if one.code:
                return f"{one.system}|{one.code}" if one.system else one.code
        return ""

    @property
    def name(self) -> str:
        """Its words, as far as it has any."""
        return self.text or next((one.display for one in self.coding if one.display), "") or self.token

    @property
    def codes(self) -> frozenset[str]:
        """Its codes, whatever their systems."""
        return frozenset(one.code for one in self.coding if one.code)


class Reference(Part):
    """A reference to another resource: relative, absolute or of a version."""

    reference: str = ""
    display: str = ""

    @property
    def kind(self) -> str:
        """The type of what it points at; empty for one that cannot be read."""
        found = _REFERENCE.search(self.reference)
        return found[1] if found else ""

    @property
    def id(self) -> str:
        """The id of what it points at; empty for one that cannot be read."""
        found = _REFERENCE.search(self.reference)
        return found[2] if found else ""


class Period(Part):
    """From when until when; open where empty."""

    start: str = ""
    end: str = ""


class Identifier(Part):
    """A business identifier."""

    system: str = ""
    value: str = ""
    type: Concept = Concept()
    period: Period = Period()


class HumanName(Part):
    """A person's name."""

    use: str = ""
    text: str = ""
    family: str = ""
    given: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Surname first, as it is said here."""
        return " ".join(part for part in (self.family, *self.given) if part) or self.text


class ContactPoint(Part):
    """A telephone number or another way to reach somebody."""

    system: str = ""
    value: str = ""
    use: str = ""


class Money(Part):
    """An amount."""

    value: Decimal | None = None
    currency: str = "RUB"


class Extension(Part):
    """What FHIR itself has no element for."""

    url: str = ""
    extension: tuple[Extension, ...] = ()
    value_code: str = ""
    value_string: str = ""
    value_boolean: bool | None = None
    value_positive_int: int | None = None
    value_money: Money | None = None
