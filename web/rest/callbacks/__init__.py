"""The part of the contract of REST that is about promises to call."""

from web.rest.callbacks.models import Callback, NewCallback, Try

__all__ = ["Callback", "NewCallback", "Try"]
