"""AMI events in Asterisk's words to facts in ours."""

from engine.ami.translate.calls import ROUTES, translate
from engine.ami.translate.headers import at_of, escaped, text, whole

__all__ = ["ROUTES", "at_of", "escaped", "text", "translate", "whole"]
