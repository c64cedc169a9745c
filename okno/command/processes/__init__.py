"""Programs as our children: what to run, where it listens, how it is kept alive and how it ends with us."""
