"""The engine's side of the gate of `mis`: numbers looked up ahead, and what `mis` tells of visits and work."""

from engine.patients.gate import Gate

__all__ = ["Gate"]
