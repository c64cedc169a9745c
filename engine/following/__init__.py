"""Beside each Asterisk: its configuration follows the engine's directory."""

from engine.following.keeper import Keeper

__all__ = ["Keeper"]
