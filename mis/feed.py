"""What `mis` publishes on the bus. No clear personal data: a candidate or an appointment never stands here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

STREAM = "mis.state"

ConnectorState = Literal["ready", "not_configured", "down"]


class ConnectorChanged(BaseModel):
    """The connection to the MIS changed its state; kind "ConnectorChanged" on the stream `mis.state`."""

    model_config = ConfigDict(frozen=True)

    connector: str
    state: ConnectorState
