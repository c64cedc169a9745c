"""The engine's side of the gate of `chat`: who wrote and asked for a call, who has it, how long it will take."""

from engine.chats.making import Chats

__all__ = ["Chats"]
