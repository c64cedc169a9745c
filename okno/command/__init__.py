"""The `okno` command: one table of words, each imported only when it is typed."""
