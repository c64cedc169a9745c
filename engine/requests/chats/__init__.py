"""Requests of conversations: who wrote, who answered, whose identity it is, how `chat` is told how they stand."""
