"""How the engine stands: what `GET /v1/status` answers. Part of the gate: others import these from `engine.feed`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JournalStatus(_Model):
    """A PBX's journal: how long ago all of it was read (None: not yet), bytes that lie behind, calls it mended.

    `disagreements` are those of `repairs` in which AMI, with no gap to excuse it, had told something else. Both count
    since this engine leads.
    """

    lag_s: float | None
    unshipped: int
    repairs: int
    disagreements: int


class PbxStatus(_Model):
    """A PBX link: `reason` why it is down, `lag_s` the age of the last event when taken, `queue` how many wait.

    `twins` are other PBXs that say the same systemname. `directory` is the version of the directory its configuration
    was made from, `directory_reason` why it is not that of a later one, or that a person installs it.
    """

    id: str
    link: str
    reason: str = ""
    lag_s: float
    queue: int
    twins: list[str] = []
    journal: JournalStatus | None = None
    directory: int = 0
    directory_reason: str = ""


class WayStatus(_Model):
    """One way alerts leave the house: how many wait, and why the last try failed (empty when it did not)."""

    way: str
    waiting: int
    trouble: str


FlowsState = Literal["closed", "open", "refused", "ending"]


class Status(_Model):
    """How the engine is. `buffered` rows wait for the database; `poisoned` events were given up.

    `directory` is the version in force. `flows`: whether callers are led through flows; `closed`: nobody could come,
    `refused`: their port could not be had.
    """

    leader: bool
    leader_address: str
    epoch: int
    turn: int
    seq: int
    database: bool
    buffered: int
    poisoned: int
    pbxes: list[PbxStatus]
    alerting: list[WayStatus] = []
    directory: int = 0
    flows: FlowsState = "closed"
    version: str
