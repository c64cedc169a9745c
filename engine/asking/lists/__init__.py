"""Outbound lists as supervisors make, watch and steer them."""
