"""The journal's rows as facts, the same in kind and order as AMI's: what the calls room cannot tell apart."""

from engine.journal.facts.translator import Translator

__all__ = ["Translator"]
