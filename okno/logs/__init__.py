"""Structured logs that cannot carry a number or a name."""

from okno.logs.handlers import get, setup
from okno.logs.scrub import scrub

__all__ = ["get", "scrub", "setup"]
