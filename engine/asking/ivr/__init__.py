"""Flows as administrators ask about them: kinds of steps, live counts, mistakes, a walk without a phone."""
