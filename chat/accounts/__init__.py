"""The accounts of channels: made from the settings, run, watched; how each is, a lamp says."""
