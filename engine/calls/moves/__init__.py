"""A caller who is moved: from queue to queue, from operator to operator, into a parking place and out of it."""
