"""A shipper's letter as it comes over the wire, checked once, here. What stands in records is nobody's to repeat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from engine.asking.reading import read
from engine.journal.parts import Part, Problem
from engine.turns.journal.keeping import Letter

Epoch = Annotated[float, Field(ge=0, le=4e9)]
# What a bigint holds; a number that stands for an inode may be a large one.
Bytes = Annotated[int, Field(ge=0, le=2**63 - 1)]
Reason = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,80}$")]
RECORDS = 2_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Problem(_Strict):
    offset: Bytes
    reason: Reason


class _Part(_Strict):
    file: Literal["cel", "queue_log"]
    inode: Bytes
    start: Bytes
    end: Bytes
    records: Annotated[list[str], Field(max_length=RECORDS)] = Field(default_factory=list)
    at_end: bool = False
    problems: Annotated[list[_Problem], Field(max_length=RECORDS)] = Field(default_factory=list)


class _Letter(_Strict):
    pbx: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    now: Epoch
    began: Epoch
    unshipped: Bytes = 0
    parts: Annotated[list[_Part], Field(max_length=2)] = Field(default_factory=list)


def understood(body: Any) -> Letter:
    """Return the letter a body is; one of no parts asks where to begin.

    Raises:
        BadQuery: something is missing, unknown or too long.
    """
    sent = read(_Letter, body, "the letter")
    return Letter(
        pbx=sent.pbx, now=_time(sent.now), began=_time(sent.began), unshipped=sent.unshipped,
        parts=tuple(_part(part) for part in sent.parts),
    )  # fmt: skip


def _part(sent: _Part) -> Part:
    problems = tuple(Problem(offset=problem.offset, reason=problem.reason) for problem in sent.problems)
    return Part(
        file=sent.file, inode=sent.inode, start=sent.start, end=sent.end, records=tuple(sent.records),
        at_end=sent.at_end, problems=problems,
    )  # fmt: skip


def _time(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
