"""Offers: a request reserved for one operator until he accepts it, refuses it, or has let it pass.

    pending → accepted → wrapping → completed
       └→ rejected | timeout | rescinded (taken back) | canceled (the request is no more)

Whatever gives a request to somebody goes through `transitions`, so that who owns one always has exactly one offer.
"""
