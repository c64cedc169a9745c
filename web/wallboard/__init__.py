"""Screens on a wall: counters of queues for whoever stands before them, and for nobody anything else."""
