"""Clouds of messengers, out of reach here: servers that speak their wire format, faults and repetitions included."""
