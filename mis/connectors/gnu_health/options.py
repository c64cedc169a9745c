"""`mis.options` of a GNU Health: what it does not say of itself."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator

from mis.connectors import BadOptions
from okno.settings import MisSettings
from okno.settings.directory import Strict

# The first of them is what Okno writes itself.
Roles = Annotated[list[str], Field(min_length=1)]

# GNU Health knows who cancelled, not why.
REASONS = {"user_cancelled": "Cancelled by the patient", "center_cancelled": "Cancelled by the clinic"}


class Options(Strict):
    """What the connector must be told.

    Args:
        language: in which directories come, one that is installed there.
        zones: IANA zone of a branch by its institution's id, where it is not the clinic's.
        minutes: how long a visit takes whose end is not known.
        country: three letters of the federation prefix of a new patient (ISO 3166-1 alpha-3, or XXX).
        guardian_until: age at which a parent's right to hear of a child's health ends (323-FZ, articles 22 and 54).
        guardian_roles, child_roles: what roles of family members mean; compared without regard to case.
        cancel_reasons: words for its two states of a cancelled visit.
    """

    language: str = "en"
    zones: dict[str, str] = Field(default_factory=dict)
    minutes: Annotated[int, Field(ge=5, le=480)] = 30
    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "XXX"
    guardian_until: Annotated[int, Field(ge=0, le=21)] = 15
    guardian_roles: Roles = Field(default_factory=lambda: ["guardian", "mother", "father", "parent"])
    child_roles: Roles = Field(default_factory=lambda: ["ward", "child", "son", "daughter"])
    cancel_reasons: dict[Literal["user_cancelled", "center_cancelled"], str] = Field(
        default_factory=lambda: dict(REASONS)  # type: ignore[arg-type]  # its keys are these two
    )

    @field_validator("zones")
    @classmethod
    def _zones(cls, zones: dict[str, str]) -> dict[str, str]:
        for name in zones.values():
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                raise ValueError(f"there is no time zone {name!r}") from None
        return zones


def read(settings: MisSettings) -> Options:
    """Return the connector's options. Raises BadOptions."""
    try:
        made = Options.model_validate(settings.options)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadOptions(f"mis.options.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if not settings.address.startswith(("http://", "https://")) or settings.address.count("/") < 3:
        raise BadOptions("mis.address: the URL of a Tryton server with its database, as https://mis.example/health")
    if not settings.user:
        raise BadOptions("mis.user: GNU Health needs a name")
    return made
