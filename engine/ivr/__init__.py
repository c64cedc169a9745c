"""The clinic's choices for a caller before he waits. Pure: no clock, no network."""
