"""What `chat` publishes on the bus. Neither text of messages nor clear personal data stands here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

STREAM = "chat.channels"

ChannelState = Literal["ready", "down", "removed"]


class ChannelChanged(BaseModel):
    """A channel came, went or changed its state; kind "ChannelChanged" on the stream `chat.channels`."""

    model_config = ConfigDict(frozen=True)

    channel: str
    state: ChannelState
