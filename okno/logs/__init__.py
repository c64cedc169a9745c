"""Structured logs that cannot carry a number or a name."""

from okno.logs.scrub import scrub
from okno.logs.handlers import get, setup

__all__ = ["get", "scrub", "setup"]
