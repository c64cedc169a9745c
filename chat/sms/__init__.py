"""SMS: what a text takes, what may stand in it, and the gateways that carry it, each behind the same interface."""
