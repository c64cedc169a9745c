"""Asterisk's own side: its configuration, rendered from the settings, and a private Asterisk that runs on it."""
