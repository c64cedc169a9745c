"""The directory as others ask for it: the version in force, a change, its undoing, who has made use of it."""
