"""Conversations on the screens: reading, answering, files, what happens in them at this moment."""
