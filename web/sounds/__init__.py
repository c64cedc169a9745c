"""Sounds for browsers: messages callers left, played in the desk."""
