"""Chaos is a test: real calls while everything under them is killed, then a comparison with what really happened."""
