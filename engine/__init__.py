"""Calls and requests: the monolith of the domain, a single writer."""
