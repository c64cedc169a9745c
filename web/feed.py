"""What a web process tells the others of itself."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class WebStatus(BaseModel):
    """A web process now: `links` says which services answer it, `epoch` and `seq` where its replica stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    sockets: int
    links: dict[str, bool]
    epoch: str
    seq: int
    unsaved: bool
    insecure: bool
