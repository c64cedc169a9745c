"""What is asked about flows, as it comes over the wire: checked once, here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from engine.asking.directory.letters import Document

Given = Annotated[str, StringConstraints(pattern=r"^[0-9*#]{0,40}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CheckAsked(_Strict):
    """A document whose flows are to be looked through."""

    document: Document


class TryAsked(_Strict):
    """A flow of a document, walked with what was given so far; the rest is what is so for whoever is tried.

    `at` None: now. `hidden`: his number is. `staffed`: somebody works in the queue. `http`: addresses of
    the settings answer well.
    """

    document: Document
    flow: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    given: Annotated[list[Given], Field(max_length=200)] = Field(default_factory=list)
    at: AwareDatetime | datetime | None = None
    line: Annotated[str, StringConstraints(max_length=40)] = ""
    hidden: bool = False
    patient: bool = False
    visit: bool = False
    blocked: bool = False
    promised: bool = False
    waiting: Annotated[int, Field(ge=0, le=500)] = 2
    wait_s: Annotated[float, Field(ge=0, le=7200)] | None = 120
    staffed: bool = True
    http: bool = True
