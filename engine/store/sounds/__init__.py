"""Sounds in the database: prompts people uploaded, messages callers left."""
