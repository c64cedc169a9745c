"""What is asked about the directory, as it comes over the wire: checked once, here."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
# Shorter than the shortest silence a client of ours endures is his business; longer would hold a stopping engine.
LONGEST_WAIT_S = 25.0
# A thousand operators with all they can have are some thirty thousand values. More are nobody's directory, and naming
# what is wrong with each would hold up the engine that is asked.
MOST_VALUES = 60_000


def _bounded(document: dict[str, Any]) -> dict[str, Any]:
    found, rest = 0, list[Any]([document])
    while rest:
        one = rest.pop()
        inner = one.values() if isinstance(one, dict) else one
        found += len(inner)
        rest += [value for value in inner if isinstance(value, dict | list)]
    if found > MOST_VALUES:
        raise ValueError(f"has more than {MOST_VALUES} values")
    return document


Document = Annotated[dict[str, Any], AfterValidator(_bounded)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewestAsked(_Strict):
    """The version in force, once it is another than `after` of the life `epoch`; else nothing, after `wait_s`."""

    after: Annotated[int, Field(ge=0)] = 0
    epoch: Annotated[str, StringConstraints(max_length=64)] = ""
    wait_s: Annotated[float, Field(ge=0, le=LONGEST_WAIT_S)] = 0


class VersionsAsked(_Strict):
    """A page of versions, the newest first."""

    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class VersionAsked(_Strict):
    """A version, and what in it differs from `against`, else from the one before it; 0 is the empty directory."""

    version: Number
    against: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class CheckAsked(_Strict):
    """A document somebody would save."""

    document: Document


class ChangeAsked(_Strict):
    """A document to be saved: whole, made from version `base`. `force`: even if it hurts somebody just now."""

    actor: Word
    role: Word
    base: Annotated[int, Field(ge=0)]
    document: Document
    note: Note = ""
    force: bool = False


class UndoAsked(_Strict):
    """The document of `version` again, as a new version after `base`."""

    actor: Word
    role: Word
    base: Annotated[int, Field(ge=0)]
    version: Number
    note: Note = ""
    force: bool = False


class AppliedAsked(_Strict):
    """A PBX's configuration was made from `version`; or it was not, for `reason`."""

    pbx: Word
    version: Annotated[int, Field(ge=0)]
    reason: Annotated[str, StringConstraints(max_length=500)] = ""
