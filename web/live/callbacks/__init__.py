"""What screens ask before they promise somebody a call."""

from web.live.callbacks.bounds import Promises

__all__ = ["Promises"]
