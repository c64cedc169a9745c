"""Who somebody is: searching, what was before, and what to say."""
