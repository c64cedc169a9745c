"""What goes out: one after another to each person, once, and what the channels say became of it."""

from chat.sending.sender import Sender
from chat.sending.wishes import CannotBe, Wishes

__all__ = ["CannotBe", "Sender", "Wishes"]
