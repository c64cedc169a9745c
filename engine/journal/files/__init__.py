"""Files that another program writes and rotates: which there are, and where their records end."""
